package io.ecomind.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.InputFiles;
import io.ecomind.cli.profile.Profile;
import io.ecomind.cli.replay.BulkImport;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.replay.RejectedLine;
import io.ecomind.cli.replay.TraceFormat;
import io.ecomind.cli.verify.SubmittedEvents;
import java.io.BufferedWriter;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends old events with a key that may also send what is older than events are kept. */
@Command(
        name = "import",
        description = {
            "Send old events to the gateway, one JSON object a line as POST /v1/ingest takes them.",
            "Every line needs its ts, from 2000-01-01 on. A line without an id gets one that is made of its content and"
                    + " its line number, so importing the same file again counts nothing again."
        },
        footer = {
            "",
            "A CSV file is sent by ./ecomind replay FILE --format csv. It needs an API key with the"
                    + " scope import. It ends with 1 when a line was rejected; all others are accepted. With"
                    + " --wait it also ends with 1 when an accepted event was rejected afterwards. Events for a"
                    + " sealed day, whose totals are final until they are restated, are stored and counted by the"
                    + " next restatement; they do not make it fail."
        })
public final class ImportCommand implements Callable<Integer> {
    /** A stack that was killed is back within this time, or the person decides. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String STDIN = "-";
    private static final int MAX_SHOWN = 10_000;
    private static final int SHOWN_CHARS = 300;

    @Mixin
    private ProfileOptions.Sending options = new ProfileOptions.Sending();

    @Parameters(paramLabel = "FILE", description = "NDJSON, plain or gzip; - reads from standard input.")
    private String file = STDIN;

    @Option(
            names = "--rejects",
            paramLabel = "FILE",
            description = "Write all rejected lines there as NDJSON: line, code, field, message, content.")
    private @Nullable Path rejects;

    @Option(
            names = "--show",
            paramLabel = "N",
            defaultValue = "20",
            description = "How many reasons to print (default: ${DEFAULT-VALUE}).")
    private int show = 20;

    @Option(
            names = "--wait",
            description = "Wait until the accepted events are in the daily totals, and say what became of them.")
    private boolean wait;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (!file.equals(STDIN)) {
            requireNoCsv(InputFiles.requireFile(Path.of(file), "FILE"));
        }
        if (rejects != null && Files.isDirectory(rejects)) {
            throw CommandException.wrongUsage("--rejects: " + rejects + " is a directory, not a file");
        }
        if (rejects != null
                && Files.exists(rejects)
                && !file.equals(STDIN)
                && Files.isSameFile(rejects, Path.of(file))) {
            throw new ParameterException(spec.commandLine(), "--rejects must not be the file that is imported");
        }
        if (show < 0 || show > MAX_SHOWN) {
            throw new ParameterException(spec.commandLine(), "--show must be 0 to " + MAX_SHOWN + ", was " + show);
        }
        Profile profile = options.load();
        var client =
                new IngestClient(profile.httpAddress(), profile.sender(true).key(), PATIENCE);
        try (SubmittedEvents submitted = wait ? SubmittedEvents.watch(profile) : null) {
            BulkImport.ImportSummary summary = send(out, client, submitted == null ? id -> {} : submitted::sent);
            boolean all = summary.rejected() == 0;
            if (submitted != null) {
                all &= ReplayCommand.await(out, submitted, summary.accepted(), line -> {
                    out.println(line);
                    out.flush();
                });
            }
            return ExitCode.of(all);
        }
    }

    private BulkImport.ImportSummary send(PrintWriter out, IngestClient client, Consumer<String> ids)
            throws IOException, InterruptedException {
        List<RejectedLine> first = new ArrayList<>();
        var reasons = new AtomicLong();
        BulkImport.ImportSummary summary;
        try (BufferedWriter all = rejects == null ? null : privateFile(rejects);
                var progress = new ProgressLine("import", ProgressLine.UNKNOWN, " lines", out)) {
            var importing = new BulkImport(
                    client,
                    rejected -> {
                        if (reasons.incrementAndGet() <= show) {
                            first.add(rejected);
                        }
                        if (all != null) {
                            write(all, rejected);
                        }
                    },
                    ids);
            summary = importing.send(open(), progress::to);
        }
        print(out, summary, first, reasons.get());
        return summary;
    }

    /** Every line of a CSV file would be rejected as not JSON, which hides the one thing to know. */
    private static void requireNoCsv(Path path) throws IOException {
        if (TraceFormat.isCsv(path)) {
            throw CommandException.wrongUsage(
                    path + " is a CSV file, and import reads one JSON object a line: send it with"
                            + " ./ecomind replay " + path);
        }
    }

    private void print(PrintWriter out, BulkImport.ImportSummary summary, List<RejectedLine> first, long reasons) {
        double seconds = summary.took().toNanos() / 1e9;
        out.println("lines                   " + Numbers.count(summary.read()));
        out.println("accepted                " + Numbers.count(summary.accepted()));
        out.println("duplicates in a request " + Numbers.count(summary.duplicates()));
        out.println("rejected                " + Numbers.count(summary.rejected()));
        for (RejectedLine rejected : first) {
            out.println("  line " + rejected.number() + ": " + rejected.code()
                    + (rejected.field().isEmpty() ? "" : " (" + rejected.field() + ")") + ": "
                    + shortened(rejected.message()));
        }
        if (reasons > first.size()) {
            out.println("  … and " + Numbers.count(reasons - first.size()) + " more reasons"
                    + (rejects == null ? "; --rejects FILE lists all" : ""));
        }
        if (rejects != null) {
            out.println("all reasons are in      " + rejects);
        }
        out.println(String.format(
                Locale.ROOT, "took                    %.1f s, %,.0f lines/s", seconds, summary.read() / seconds));
        out.println("events that are counted already under the same id and ts are not counted again");
        out.flush();
    }

    private InputStream open() throws IOException {
        if (!file.equals(STDIN)) {
            return Files.newInputStream(Path.of(file));
        }
        // Standard input belongs to the process and stays open.
        return new FilterInputStream(System.in) {
            @Override
            public void close() {}
        };
    }

    /** Only for its owner: it holds what the lines held. */
    private static BufferedWriter privateFile(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    }

    private static void write(BufferedWriter out, RejectedLine rejected) {
        try {
            out.write(JsonNodeFactory.instance
                    .objectNode()
                    .put("line", rejected.number())
                    .put("code", rejected.code())
                    .put("field", rejected.field())
                    .put("message", rejected.message())
                    .put("content", rejected.content())
                    .toString());
            out.newLine();
        } catch (IOException e) {
            throw new UncheckedIOException("the rejected lines could not be written", e);
        }
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "…";
    }
}
