package io.ecomind.dev.chaos;

import io.ecomind.cli.DataOption;
import io.ecomind.testkit.PrivateFolders;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Injects faults into a set-up of several processes and checks that no event is lost or counted twice. */
@Command(
        name = "chaos",
        description = {
            "Start Kafka, Flink, PostgreSQL, gateway, API and worker as separate processes, inject the faults that --list"
                    + " names, and check with an independent count that each accepted event is counted once.",
            "It does not use a running stack. Exit codes: 0 all scenarios held, 1 at least one did not or was not run,"
                    + " 2 wrong usage."
        })
public final class ChaosCommand implements Callable<Integer> {
    private static final int MAX_MINUTES = 24 * 60;

    @Parameters(
            arity = "0..*",
            paramLabel = "SCENARIO",
            description = "Run only these scenarios (default: all; --list names them).")
    private List<String> names = List.of();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of the random choices: when and which process is hit (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "120",
            description = "Start no scenario after this many minutes (default: ${DEFAULT-VALUE}).")
    private int minutes;

    @Option(names = "--short", description = "A subset with less load, about five minutes.")
    private boolean brief;

    @Option(names = "--list", description = "List the scenarios and exit.")
    private boolean list;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder for data and logs, which are kept when a scenario fails"
                    + " (default: a new directory in .ecomind/chaos in the checkout).")
    private @Nullable Path data;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (list) {
            Chaos.list(out);
            return 0;
        }
        if (minutes < 1 || minutes > MAX_MINUTES) {
            throw new ParameterException(
                    spec.commandLine(), "--minutes must be 1 to " + MAX_MINUTES + ", was " + minutes);
        }
        String unknown = Chaos.firstUnknown(names);
        if (unknown != null) {
            throw new ParameterException(
                    spec.commandLine(), "there is no scenario " + unknown + "; --list names them all");
        }
        Path directory =
                PrivateFolders.create(data == null ? newDirectory() : data).toAbsolutePath();
        try (Stream<Path> content = Files.list(directory)) {
            if (content.findAny().isPresent()) {
                throw new ParameterException(spec.commandLine(), "--data must be an empty directory, was " + directory);
            }
        }
        System.setProperty(
                DataOption.LOG_PROPERTY, directory.resolve("chaos.log").toString());
        return new Chaos(directory, seed, brief, Duration.ofMinutes(minutes), out).run(names) ? 0 : 1;
    }

    private static Path newDirectory() {
        return Path.of(
                System.getProperty("ecomind.home", "."),
                ".ecomind",
                "chaos",
                "run-" + ProcessHandle.current().pid());
    }
}
