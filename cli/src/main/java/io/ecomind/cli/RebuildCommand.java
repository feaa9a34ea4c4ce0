package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Endpoints;
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

/** Rebuilds the tables from Kafka. Exit code 0 also when nothing was missing, 1 when it was refused or failed. */
@Command(
        name = "rebuild",
        description = "Write the tables of events and totals anew from Kafka, as far as rows are missing.",
        footer = {
            "",
            "For tables that are empty, or restored from a backup that is older than Kafka. It may run beside the",
            "stack's jobs, and again: what is there is not added twice. Organisations, keys and factor sets are not",
            "in Kafka's event log; the rebuild refuses to begin while organisations are missing. While it runs no day",
            "is closed, and complete_through may be ahead of the rows. Days that were rated again under another",
            "factor set come back as they were rated first, and are listed.",
            "Exit codes: 0 done, 1 refused or failed, 2 wrong usage."
        })
public final class RebuildCommand implements Callable<Integer> {
    private static final int PARALLELISM = 2;

    @Mixin
    private DataOption data = new DataOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        DataDirectory directory = data.client();
        Endpoints endpoints = Endpoints.require(directory);
        DatabaseAddress pipeline = endpoints.database("pipeline");
        var rebuild = new Rebuild(
                JobConfig.of(
                        endpoints.kafkaBootstrapServers(),
                        pipeline.jdbcUrl(),
                        pipeline.user(),
                        pipeline.password().value()),
                () -> JobEnvironment.localBounded(PARALLELISM));
        PrintWriter out = spec.commandLine().getOut();
        RebuildReport report;
        try (var progress = new Progress(out)) {
            report = rebuild.run(progress);
        } catch (RebuildRefusedException refused) {
            throw new CommandException("nothing was written: " + refused.getMessage());
        }
        print(out, report);
        return 0;
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
                out.println(looking ? "looking at what Kafka holds" : "writing what is missing");
                out.flush();
                line = new ProgressLine(looking ? "looked at" : "read", total, looking ? " offsets" : " events", out);
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
