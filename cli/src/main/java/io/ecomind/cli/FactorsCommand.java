package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.InputFiles;
import io.ecomind.cli.profile.Profile;
import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.factors.GridFile;
import io.ecomind.factors.GridImport;
import io.ecomind.factors.PriceTable;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.Rating.Match;
import io.ecomind.store.FactorSets;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What calls are rated by: the sets, the grid's figures, and an organisation's own. Only a group of commands. */
@Command(
        name = "factors",
        description = "Show and change the factors by which energy, carbon and water of a call are computed.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            FactorsCommand.ImportSets.class,
            FactorsCommand.ListSets.class,
            FactorsCommand.ShowCoverage.class,
            OverrideCommand.class,
            ContractCommand.class
        })
public final class FactorsCommand {
    private static final int SHORT_HASH = 12;
    private static final DateTimeFormatter MINUTES =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** Makes a factor set from another one and a file of grid figures. */
    @Command(
            name = "import",
            description = {
                "Make a new factor set from another one and the grid figures of a file.",
                "The file is CSV (RFC 4180, UTF-8, LF) with the header zone,start,resolution,gco2e_per_kwh,source and"
                        + " optionally licence. Resolution is hour, month or year; start is 2026-08-01T13:00:00Z,"
                        + " 2026-08-01 (or 2026-08), or 2026-01-01 (or 2026). A row replaces the one of the same zone,"
                        + " start and resolution; all others stay. A file with a wrong row is rejected as a whole."
            })
    static final class ImportSets implements Callable<Integer> {
        private static final Duration LEAST_NOTICE = Duration.ofSeconds(60);

        @Mixin
        private ProfileOptions.Database options = new ProfileOptions.Database();

        @Parameters(paramLabel = "FILE", description = "The grid figures.")
        private @Nullable Path file;

        @Option(
                names = "--id",
                paramLabel = "ID",
                description = "Id of the new set (default: the base's, -grid- and the beginning of the file's hash).")
        private @Nullable String id;

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                description = "Reason that is stored with the set (default: names the file and counts its rows).")
        private @Nullable String reason;

        @Option(
                names = "--from",
                paramLabel = "SET",
                description = "The base set (default: the one that became or becomes active last).")
        private @Nullable String from;

        @Option(
                names = "--active-in",
                paramLabel = "DURATION",
                defaultValue = "90s",
                description =
                        "After this time the set becomes active for events that are received from then on, such as"
                                + " 90s, 10m, 2h or 1d; at least 60s"
                                + " (default: ${DEFAULT-VALUE}).")
        private String activeIn = "90s";

        @Option(
                names = "--check",
                description = "Check and show only; where no database is known, against the set of this version.")
        private boolean check;

        @Spec
        private CommandSpec spec = CommandSpec.create();

        /** The base and, when a stack runs, where it is from. */
        private record Base(String id, FactorSetFiles files, List<FactorSets.Stored> all) {}

        @Override
        public Integer call() throws IOException, SQLException {
            PrintWriter out = spec.commandLine().getOut();
            Path grids = InputFiles.requireFile(file, "FILE");
            Duration notice = parse(activeIn);
            if (notice == null || notice.compareTo(LEAST_NOTICE) < 0) {
                throw CommandException.wrongUsage(
                        "--active-in must be at least 60s, such as 90s or 2h, was " + activeIn);
            }
            try {
                Profile profile = options.load();
                DatabaseAddress address =
                        check ? profile.findDatabase("worker").orElse(null) : profile.database("worker");
                DataSource worker = address == null ? null : address.dataSource();
                Base base = worker == null ? shipped() : stored(worker);
                GridFile grid;
                try (var progress = new ProgressLine("read", rows(grids), " rows", out)) {
                    grid = GridFile.read(grids, base.files(), progress::to);
                }
                String target = id == null ? GridImport.defaultId(base.id(), grid.sha256()) : id;
                FactorSets.Stored there = base.all().stream()
                        .filter(set -> set.id().equals(target))
                        .findFirst()
                        .orElse(null);
                if (there != null) {
                    return alreadyThere(out, there, worker, grid);
                }
                GridImport done = GridImport.of(base.files(), grid, target, reason);
                print(out, done);
                if (check || worker == null) {
                    out.println("checked only: nothing was stored");
                    return ExitCode.DONE;
                }
                Instant activeFrom = FactorSets.add(worker, done.files(), done.set(), notice);
                out.println("stored: rates what is received from " + activeFrom + " on");
                return ExitCode.DONE;
            } catch (FactorSetException e) {
                e.problems().forEach(spec.commandLine().getErr()::println);
                spec.commandLine().getErr().println("ecomind: " + grids + " was not taken: nothing has changed");
                return ExitCode.FAILED;
            }
        }

        private Base shipped() throws FactorSetException {
            if (from != null && !from.equals(FactorSetFiles.SHIPPED)) {
                throw new CommandException("no database is known, so only " + FactorSetFiles.SHIPPED
                        + " can be checked against, not " + from);
            }
            return new Base(FactorSetFiles.SHIPPED, FactorSetFiles.shipped(), List.of());
        }

        private Base stored(DataSource worker) throws SQLException, FactorSetException {
            try (Connection connection = worker.getConnection()) {
                List<FactorSets.Stored> all = FactorSets.list(connection);
                FactorSets.Stored base = all.stream()
                        .filter(set -> from == null || set.id().equals(from))
                        .findFirst()
                        .orElseThrow(() -> new CommandException("there is no factor set "
                                + (from == null ? "at all" : from + "; ./ecomind factors list shows them")));
                return new Base(base.id(), FactorSets.load(connection, base), all);
            }
        }

        private int alreadyThere(PrintWriter out, FactorSets.Stored there, @Nullable DataSource worker, GridFile grid)
                throws SQLException, FactorSetException {
            // A default id has the file's hash in it; one that was given says nothing about its content.
            if (id != null && worker != null) {
                FactorSetFiles theirs;
                try (Connection connection = worker.getConnection()) {
                    theirs = FactorSets.load(connection, there);
                }
                if (!GridImport.holds(theirs, grid)) {
                    spec.commandLine()
                            .getErr()
                            .println("ecomind: there is a factor set " + id
                                    + " with other figures: sets are immutable, choose another id");
                    return ExitCode.FAILED;
                }
            }
            out.println("factor set " + there.id() + " is there already, active from " + moment(there.activeFrom())
                    + ": nothing has changed" + (id == null ? " (--id makes another one)" : ""));
            return ExitCode.DONE;
        }

        private static void print(PrintWriter out, GridImport done) {
            var read = new TextTable(2, "zone", "resolution", "rows", "first", "last", "missing", "first missing");
            for (GridImport.GridImportSummary summary : done.summaries()) {
                Instant missing = summary.firstMissing();
                read.row(
                        summary.zone(),
                        summary.resolution().name().toLowerCase(Locale.ROOT),
                        Numbers.count(summary.rows()),
                        MINUTES.format(summary.first()),
                        MINUTES.format(summary.last()),
                        Numbers.count(summary.missing()),
                        missing == null ? "" : MINUTES.format(missing));
            }
            read.lines().forEach(out::println);
            out.println(Numbers.count(done.replaced()) + " rows replace one of the base ("
                    + Numbers.count(done.unchanged()) + " say the same), " + Numbers.count(done.added())
                    + " are new");
            out.println();
            out.println(
                    "a call of 1,000 tokens in and 300 out to gpt-4o at the times of these rows, kg CO2e (middle):");
            var effects = new TextTable(1, "zone", "before", "after", "change");
            for (GridImport.Effect effect : done.effects()) {
                effects.row(
                        effect.zone(),
                        Numbers.amount(BigDecimal.valueOf(effect.before())),
                        Numbers.amount(BigDecimal.valueOf(effect.after())),
                        String.format(Locale.ROOT, "%+.1f %%", effect.percent()));
            }
            effects.lines().forEach(out::println);
            out.println();
            out.println("factor set  " + done.set().id());
            out.println("sha256      " + done.files().sha256());
            out.println("replaces    " + done.set().replaces());
            out.println("reason      " + done.set().reason());
            out.flush();
        }

        private static long rows(Path file) throws IOException {
            long lines = 0;
            try (var in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
                byte[] block = new byte[1 << 16];
                for (int read = in.read(block); read >= 0; read = in.read(block)) {
                    for (int i = 0; i < read; i++) {
                        lines += block[i] == '\n' ? 1 : 0;
                    }
                }
            }
            return Math.max(0, lines - 1);
        }
    }

    /** 90s, 10m, 2h, 1d or ISO 8601; null when it is neither. */
    static @Nullable Duration parse(String text) {
        String plain = text.strip().toUpperCase(Locale.ROOT);
        try {
            if (plain.matches("[0-9]{1,9}[SMH]")) {
                return Duration.parse("PT" + plain);
            }
            return Duration.parse(plain.matches("[0-9]{1,9}D") ? "P" + plain : plain);
        } catch (DateTimeException neither) {
            return null;
        }
    }

    static String moment(@Nullable Instant moment) {
        return moment == null ? "always" : moment.toString();
    }

    /** Lists the sets of a running stack. */
    @Command(name = "list", description = "List the factor sets of the installation, the last one first.")
    static final class ListSets implements Callable<Integer> {
        @Mixin
        private ProfileOptions.Database options = new ProfileOptions.Database();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws SQLException {
            PrintWriter out = spec.commandLine().getOut();
            DatabaseAddress address = options.load().database("worker");
            var table = new TextTable(
                    4, "set", "methodology", "active from", "sha256", "models", "grid years", "months", "hours");
            List<String> reasons = new ArrayList<>();
            try (Connection connection = address.dataSource().getConnection()) {
                Instant now = Instant.now();
                boolean found = false;
                for (FactorSets.Stored set : FactorSets.list(connection)) {
                    Instant from = set.activeFrom();
                    boolean active = !found && (from == null || !from.isAfter(now));
                    found |= active;
                    FactorSets.Rows rows = FactorSets.rows(connection, set.id());
                    table.row(
                            set.id(),
                            set.methodology(),
                            moment(from) + (active ? " (now)" : ""),
                            set.sha256()
                                    .substring(
                                            0, Math.min(SHORT_HASH, set.sha256().length())),
                            Numbers.count(rows.models()),
                            Numbers.count(rows.gridYears()),
                            Numbers.count(rows.gridMonths()),
                            Numbers.count(rows.gridHours()));
                    reasons.add("  " + set.id() + ": " + set.reason());
                }
            }
            table.lines().forEach(out::println);
            reasons.forEach(out::println);
            out.flush();
            return ExitCode.DONE;
        }
    }

    /** Says how many of the models of a price table a set rates. Needs no stack. */
    @Command(
            name = "coverage",
            description = {
                "Show how many of the models of a price table have a factor.",
                "FILE is a CSV with the columns provider and model_id (or model). With a column mode, chat, completion,"
                        + " responses, embedding and rerank count. Without one, names with a word for pictures, sound,"
                        + " video or moderation are left out."
            })
    static final class ShowCoverage implements Callable<Integer> {
        /** Without effect: this command needs no stack, and scripts give the option to every command. */
        @Option(names = "--data", hidden = true, paramLabel = "DIR")
        @SuppressWarnings("UnusedVariable")
        private @Nullable Path data;

        @Parameters(paramLabel = "FILE", description = "The price table.")
        private @Nullable Path file;

        @Option(
                names = "--set",
                paramLabel = "FOLDER",
                description = "A folder with the files of a set (default: the set of this version).")
        private @Nullable Path folder;

        @Option(names = "--list", description = "Show every name with what it is rated by.")
        private boolean list;

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws IOException {
            PrintWriter out = spec.commandLine().getOut();
            Path prices = InputFiles.requireFile(file, "FILE");
            if (folder != null) {
                InputFiles.requireDirectory(folder, "--set");
            }
            try {
                FactorSet set = (folder == null ? FactorSetFiles.shipped() : FactorSetFiles.read(folder)).parse();
                print(out, set.id(), PriceTable.read(prices).coverage(set, Instant.now()));
                return ExitCode.DONE;
            } catch (FactorSetException e) {
                e.problems().forEach(spec.commandLine().getErr()::println);
                return ExitCode.FAILED;
            }
        }

        private void print(PrintWriter out, String set, PriceTable.PriceTableCoverage coverage) {
            if (list) {
                var names = new TextTable(4, "provider", "model", "match", "row");
                coverage.looked()
                        .forEach(covered -> names.row(
                                covered.name().provider(),
                                covered.name().model(),
                                covered.match() == Match.NONE
                                        ? "UNCOVERED"
                                        : covered.match().id(),
                                covered.row()));
                names.lines().forEach(out::println);
            }
            int looked = coverage.looked().size();
            out.println("factor set " + set + ", names checked: " + Numbers.count(looked));
            var kinds = new TextTable(1, "match", "names", "share");
            coverage.byMatch()
                    .forEach((match, count) -> kinds.row(
                            match == Match.NONE ? "uncovered" : match.id(),
                            Numbers.count(count),
                            String.format(Locale.ROOT, "%.2f %%", count * 100.0 / looked)));
            kinds.rule();
            kinds.row(
                    "covered",
                    Numbers.count(looked - coverage.uncovered().size()),
                    String.format(Locale.ROOT, "%.2f %%", coverage.percent()));
            kinds.lines().forEach(out::println);
            out.println("left out: " + Numbers.count(coverage.leftOut().size()));
            coverage.leftOut()
                    .forEach(name -> out.println("  " + name.provider() + " " + name.model() + ": " + name.leftOut()));
            out.println("uncovered: " + Numbers.count(coverage.uncovered().size()));
            coverage.uncovered()
                    .forEach(covered -> out.println("  " + covered.name().provider() + " "
                            + covered.name().model()));
            out.flush();
        }
    }
}
