package io.ecomind.dev.check.attack;

import io.ecomind.cli.DataOption;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.dev.check.ThrowawayStack;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Attacks a running installation in known ways and says what held. */
@Command(
        name = "attack",
        description = {
            "Attack a running installation in known, bounded ways, and say of each whether it held and what it cost the"
                    + " server.",
            "The tries use organisations of their own, whose keys are revoked at the end. Only attack what is yours."
        },
        footer = {
            "",
            "Heap is what the server's metrics say; memory and processor time are those of the server's process when it"
                    + " runs on this machine (PostgreSQL and Redis are processes of their own and not in them). It ends with 1"
                    + " when a try broke something, and with 0 when some could not be made unless --complete is given."
        })
public final class AttackCommand implements Callable<Integer> {
    private static final String NO_LOG = "/dev/null";

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description =
                    "JSON file with the addresses, credentials.json and secrets.json beside it where they are known.")
    private @Nullable Path profile;

    @Mixin
    private DataOption data = new DataOption();

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Option(
            names = "--only",
            paramLabel = "N",
            split = ",",
            description = "Only the tries with these numbers, groups of numbers or names.")
    private List<String> only = List.of();

    @Option(
            names = "--complete",
            description = "End with 1 also when a try could not be made, for want of a login or an address.")
    private boolean complete;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "What is random follows from it (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--together",
            description =
                    "Start a stack with a heap of 1 GiB, make all tries at once while an honest organisation sends, and"
                            + " check that it lives, answers /healthz and counts exactly. It uses no running stack.")
    private boolean together;

    @Option(
            names = "--mutate",
            description =
                    "Start a stack, take its defences away, those of the database one at a time and the limits and"
                            + " passwords of the servers together, and check that the try that belongs to each finds it."
                            + " It uses no running stack.")
    private boolean mutate;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "20",
            description = "With --mutate: only so many defences, chosen by the seed (default: ${DEFAULT-VALUE}).")
    private int sample;

    @Option(names = "--all", description = "With --mutate: all defences.")
    private boolean all;

    @Option(names = "--at-once", hidden = true, description = "Make all tries at the same time.")
    private boolean atOnce;

    @Option(names = "--list", description = "Name the tries and end.")
    private boolean list;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (list) {
            System.setProperty(DataOption.LOG_PROPERTY, NO_LOG);
            AttackReport.list(out, AttackRun.select(only));
            return 0;
        }
        if (together) {
            DataDirectory directory = throwaway("together");
            return new TogetherRun(out, seed).run(directory) ? 0 : 1;
        }
        if (mutate) {
            return mutate(out) ? 0 : 1;
        }
        AttackTarget target = AttackTarget.of(profileFile());
        List<Attempt> attempts = AttackRun.select(only);
        if (atOnce) {
            List<AttackRun.Finding> findings = new AttackRun(target, seed).runAtOnce(attempts);
            findings.forEach(finding -> AttackReport.print(out, finding));
            out.println(AtOnceOutcome.CONCLUSION + AttackReport.conclusion(findings));
            out.flush();
            return 0;
        }
        List<AttackRun.Finding> findings = new AttackRun(target, seed).run(attempts, finding -> {
            if (!json) {
                AttackReport.print(out, finding);
            }
        });
        out.println(
                json
                        ? AttackReport.text(AttackReport.json(target, seed, findings))
                        : AttackReport.conclusion(findings));
        out.flush();
        return AttackRun.allHeld(findings) && (!complete || AttackRun.allTried(findings)) ? 0 : 1;
    }

    /** A directory for a stack, with the log in it: the property must be there before the first logger is made. */
    private static DataDirectory throwaway(String use) {
        DataDirectory directory = ThrowawayStack.directory(use);
        System.setProperty(
                DataOption.LOG_PROPERTY, directory.run().resolve(use + ".log").toString());
        return directory;
    }

    private boolean mutate(PrintWriter out) {
        if (sample < 1) {
            throw CommandException.wrongUsage("--sample must be at least 1, was " + sample);
        }
        DataDirectory directory = throwaway("mutate");
        try {
            return new MutationRun(out, seed, only).runAll(directory, all ? Integer.MAX_VALUE : sample);
        } catch (SQLException e) {
            throw new CommandException("the defences in the database could not be listed: " + e.getMessage(), e);
        }
    }

    private Path profileFile() {
        if (profile == null) {
            return data.client().endpoints();
        }
        if (data.given()) {
            throw CommandException.wrongUsage("--profile and --data exclude each other");
        }
        // Without a data directory there is no place for a log; what matters is printed.
        System.setProperty(DataOption.LOG_PROPERTY, NO_LOG);
        return profile;
    }
}
