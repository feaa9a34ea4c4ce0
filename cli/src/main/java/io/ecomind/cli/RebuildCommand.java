package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Profile;
import io.ecomind.jobs.rebuild.Rebuild;
import io.ecomind.jobs.rebuild.RebuildProgress;
import io.ecomind.jobs.rebuild.RebuildRefusedException;
import io.ecomind.jobs.rebuild.RebuildReport;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Rebuilds the tables from Kafka. */
@Command(
        name = "rebuild",
        description = "Fill the tables of events and totals from Kafka where rows are missing.",
        footer = {
            "",
            "For tables that are empty, or were restored from a backup that is older than the event log"
                    + " in Kafka. It may run beside the stack's jobs, and again: rows that are there are not added"
                    + " twice. Organisations, API keys and factor sets are not in the event log, so restore them"
                    + " first; the rebuild does not begin while an organisation is missing. While it runs no day"
                    + " is sealed (its totals do not become final), and complete_through may be ahead of the rows."
                    + " Days that were rated again under another factor set come back as they were rated first,"
                    + " and are listed. It ends with 1 when it lists days that may be incomplete because Kafka no"
                    + " longer holds them from their beginning. The job runs in this process."
        })
public final class RebuildCommand implements Callable<Integer> {
    private static final int PARALLELISM = 2;

    @Mixin
    private ProfileOptions.Ledger options = new ProfileOptions.Ledger();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        Profile profile = options.load();
        DatabaseAddress pipeline = profile.database("pipeline");
        var rebuild = new Rebuild(
                JobConfig.of(profile.kafka(), pipeline.settings()), () -> JobEnvironment.localBounded(PARALLELISM));
        PrintWriter out = spec.commandLine().getOut();
        RebuildReport report;
        try (var progress = new Progress(out)) {
            report = rebuild.run(progress);
        } catch (RebuildRefusedException refused) {
            throw new CommandException("nothing was written: " + refused.getMessage());
        }
        print(out, report);
        return exitCode(report);
    }

    /** Days that Kafka does not hold from their beginning may lack events. */
    static int exitCode(RebuildReport report) {
        return ExitCode.of(report.truncatedDays().isEmpty());
    }

    static void print(PrintWriter out, RebuildReport report) {
        report.lines().forEach(out::println);
        out.flush();
    }

    /** One line of progress for each phase, one after the other. */
    private static final class Progress implements RebuildProgress, AutoCloseable {
        private final PrintWriter out;
        private @Nullable Phase current;
        private @Nullable ProgressLine line;

        Progress(PrintWriter out) {
            this.out = out;
        }

        @Override
        public void at(Phase phase, long done, long total) {
            if (phase != current) {
                close();
                current = phase;
                boolean looking = phase == Phase.LOOKING;
                out.println(looking ? "reading what Kafka holds" : "adding missing rows");
                out.flush();
                line = new ProgressLine(looking ? "read" : "processed", total, looking ? " offsets" : " events", out);
            }
            if (line != null) {
                line.to(done);
            }
        }

        @Override
        public void close() {
            if (line != null) {
                line.close();
                line = null;
            }
        }
    }
}
