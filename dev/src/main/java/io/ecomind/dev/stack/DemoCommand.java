package io.ecomind.dev.stack;

import io.ecomind.cli.DataOption;
import io.ecomind.cli.Numbers;
import io.ecomind.cli.ProgressLine;
import io.ecomind.cli.TextTable;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.replay.IngestTally;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.dev.sample.SampleWeek;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Starts everything, sends a sample week to the gateway over HTTP and shows what it cost. */
@Command(name = "demo", description = "Start everything, load a sample week and show what it cost.")
public final class DemoCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final DataOption data = new DataOption();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Where the demo keeps its data (default: .ecomind/demo in the checkout, emptied at each start).")
    void data(Path directory) {
        data.data = directory;
    }

    @Option(names = "--exit", description = "Stop after the table instead of staying until Ctrl-C.")
    private boolean exit;

    @Option(
            names = "--port-base",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "HTTP port (default: ${DEFAULT-VALUE}); a free one is taken where it is in use.")
    private int portBase;

    @Option(names = "--tls", description = UpCommand.TLS)
    private boolean tls;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private record Total(
            long calls,
            long uncovered,
            @Nullable BigDecimal kwh,
            @Nullable BigDecimal litres,
            @Nullable BigDecimal kilograms) {
        static final Total NONE = new Total(0, 0, null, null, null);

        Total plus(Total other) {
            return new Total(
                    calls + other.calls,
                    uncovered + other.uncovered,
                    add(kwh, other.kwh),
                    add(litres, other.litres),
                    add(kilograms, other.kilograms));
        }

        private static @Nullable BigDecimal add(@Nullable BigDecimal a, @Nullable BigDecimal b) {
            return a == null ? b : b == null ? a : a.add(b);
        }
    }

    @Override
    public Integer call() throws InterruptedException, SQLException {
        DataDirectory directory = data.launcher("demo");
        PrintWriter out = spec.commandLine().getOut();
        if (UpCommand.refuses(spec, directory)) {
            return 2;
        }
        // The demo's own directory starts empty each time, so that the table shows the sample week and nothing else.
        if (!data.given() && Files.isDirectory(directory.root())) {
            EmbeddedStack.wipe(directory);
        }
        long begin = System.nanoTime();
        out.println("starting");
        EmbeddedStack stack = UpCommand.start(spec, directory, portBase, null, null, tls, new StartupReporter(out));
        Instant now = Instant.now();
        LocalDate today = LocalDate.ofInstant(now, DemoOrganisation.ZONE);
        SampleWeek week = SampleWeek.until(now, DemoOrganisation.ZONE);
        IngestTally tally = load(stack, week, out);
        VerificationReport report = Verification.run(
                stack.endpoints(), new Selection(DemoOrganisation.ID, null, null), line -> say(out, line));
        out.println();
        totals(stack.endpoints(), out);
        ranges(stack.endpoints(), out);
        explain(out, tally, report);
        out.printf(Locale.ROOT, "%ntable after %.1f s%n", (System.nanoTime() - begin) / 1e9);
        if (exit) {
            out.println("stopping; without --exit the demo stays and answers requests");
        } else {
            invite(out, directory, stack.endpoints(), today);
            out.println("Ctrl-C stops everything");
            out.flush();
            UpCommand.stayUntilStopped();
        }
        out.flush();
        return report.exact() ? 0 : 1;
    }

    private static IngestTally load(EmbeddedStack stack, SampleWeek week, PrintWriter out) throws InterruptedException {
        var client = new IngestClient(
                stack.endpoints().httpAddress(), stack.credentials().apiKey(), PATIENCE);
        var tally = new IngestTally();
        say(
                out,
                "sending a sample week, the last six days and today until now: " + Numbers.count(week.items())
                        + " events in " + week.requests().size() + " requests");
        try (var progress = new ProgressLine("sample", week.items(), out)) {
            for (List<String> request : week.requests()) {
                tally.add(request.size(), client.send(request));
                progress.to(tally.sent());
            }
        }
        return tally;
    }

    private static void totals(Endpoints endpoints, PrintWriter out) throws SQLException {
        var table = new TextTable(3, "date", "provider", "model", "calls", "kWh", "L water", "kg CO2e", "uncovered");
        Total all = Total.NONE;
        Total day = Total.NONE;
        String date = "";
        try (Connection connection = endpoints.database("pipeline").dataSource().getConnection();
                PreparedStatement query = connection.prepareStatement("""
                        SELECT date, provider, model, call_count, uncovered_count, kwh, water_l, co2_kg
                        FROM daily_model_agg WHERE org_id = ? ORDER BY date, provider, model""")) {
            query.setString(1, DemoOrganisation.ID);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    String rowDate = rows.getString("date");
                    boolean first = !rowDate.equals(date);
                    if (first && !date.isEmpty()) {
                        row(table, "", "", "all of the day", day);
                        table.rule();
                        day = Total.NONE;
                    }
                    date = rowDate;
                    Total total = new Total(
                            rows.getLong("call_count"),
                            rows.getLong("uncovered_count"),
                            rows.getBigDecimal("kwh"),
                            rows.getBigDecimal("water_l"),
                            rows.getBigDecimal("co2_kg"));
                    row(table, first ? date : "", rows.getString("provider"), rows.getString("model"), total);
                    day = day.plus(total);
                    all = all.plus(total);
                }
            }
        }
        row(table, "", "", "all of the day", day);
        table.rule();
        row(table, "all days", "", "", all);
        table.lines().forEach(out::println);
    }

    /** How far the figures may be off, and whose figures they are. */
    private static void ranges(Endpoints endpoints, PrintWriter out) throws SQLException {
        try (Connection connection = endpoints.database("pipeline").dataSource().getConnection();
                PreparedStatement query = connection.prepareStatement("""
                        SELECT sum(kwh_low), sum(kwh_high), sum(water_l_low), sum(water_l_high), sum(co2_kg_low),
                               sum(co2_kg_high), sum(co2_embodied_kg), string_agg(DISTINCT factor_set, ', ')
                        FROM daily_usage WHERE org_id = ?""")) {
            query.setString(1, DemoOrganisation.ID);
            try (ResultSet row = query.executeQuery()) {
                if (row.next()) {
                    out.println();
                    out.println("from low to high: " + amount(row.getBigDecimal(1)) + " to "
                            + amount(row.getBigDecimal(2)) + " kWh, " + amount(row.getBigDecimal(3)) + " to "
                            + amount(row.getBigDecimal(4)) + " L, " + amount(row.getBigDecimal(5)) + " to "
                            + amount(row.getBigDecimal(6)) + " kg CO2e, including " + amount(row.getBigDecimal(7))
                            + " for making the hardware");
                    out.println("by the factor set " + row.getString(8)
                            + "; water is on-site and behind the grid, CO2e is location-based (docs/METHODOLOGY.md)");
                }
            }
        }
    }

    private static void row(TextTable table, String date, String provider, String model, Total total) {
        table.row(
                date,
                provider,
                model,
                Numbers.count(total.calls()),
                amount(total.kwh()),
                amount(total.litres()),
                amount(total.kilograms()),
                Numbers.count(total.uncovered()));
    }

    private static String amount(@Nullable BigDecimal value) {
        return value == null ? "—" : Numbers.amount(value);
    }

    private static void explain(PrintWriter out, IngestTally tally, VerificationReport report) {
        out.println();
        out.println("— means unknown: no factor fits the model, so its calls are counted as uncovered, never as 0");
        out.println("sent " + Numbers.count(tally.sent()) + ", accepted " + Numbers.count(tally.accepted())
                + ", " + Numbers.count(report.duplicate() + tally.duplicates())
                + " of them repeats of other events, which count once");
        if (report.late() > 0) {
            out.println(
                    "late " + Numbers.count(report.late())
                            + ": received more than seven days after their time; on a day that is not sealed they count at once");
        }
        out.println("rejected by the gateway " + Numbers.count(tally.rejected())
                + (tally.rejected() == 0 ? "" : ", because:"));
        tally.rejectedByCode()
                .forEach((code, count) -> out.println("  " + Numbers.count(count) + " × " + code + ", for example: "
                        + tally.examples().getOrDefault(code, "")));
        report.findings().lines().forEach(out::println);
        out.println(report.conclusion());
    }

    private static void invite(PrintWriter out, DataDirectory directory, Endpoints endpoints, LocalDate today) {
        UpCommand.describe(out, directory, endpoints);
        // The shell reads the key from its file, so that it is not printed to the terminal.
        String key = "$(sed -n 's/.*\"api_key\" *: *\"\\([^\"]*\\)\".*/\\1/p' "
                + DataFolder.quoted(directory.credentials().toString()) + ")";
        out.println("ask for yourself:");
        String curl = endpoints.httpAuthority() == null
                ? "curl -s"
                : "curl -s --cacert "
                        + DataFolder.quoted(endpoints.httpAuthority().toString());
        out.println("  " + curl + " -H \"Authorization: Bearer " + key + "\" '" + endpoints.http()
                + "/v1/aggregate/daily?org_id=" + DemoOrganisation.ID + "&from="
                + today.minusDays(SampleWeek.DAYS - 1) + "&to="
                + today + "&group_by=model'");
        out.println("  " + curl + " -H \"Authorization: Bearer " + key + "\" -H 'Content-Type: application/json' '"
                + endpoints.http() + "/v1/estimate' \\");
        out.println("    -d '{\"provider\":\"openai\",\"model\":\"gpt-4o\",\"tokens_in\":10000,\"tokens_out\":50,"
                + "\"region\":\"USA\"}'");
    }

    private static void say(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }
}
