package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.KafkaException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Entry of the operators' commands: one class per command. */
@Command(
        name = "ecomind",
        description = "Operates an installation of Ecomind.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ReplayCommand.class,
            ImportCommand.class,
            VerifyCommand.class,
            RestateCommand.class,
            RebuildCommand.class,
            RepairCommand.class,
            RedriveCommand.class,
            FactorsCommand.class
        })
public final class CliMain {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this text.")
    boolean help;

    private CliMain() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return configure(new CommandLine(new CliMain()));
    }

    /** Gives a command line its streams, and failures their message and exit code. */
    public static CommandLine configure(CommandLine line) {
        line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        line.setUsageHelpAutoWidth(true);
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("ecomind: " + message(failure));
            String log = System.getProperty(DataOption.LOG_PROPERTY);
            if (log != null && !(failure instanceof CommandException expected && expected.getCause() == null)) {
                LoggerFactory.getLogger(CliMain.class)
                        .atError()
                        .setCause(failure)
                        .log("a command failed");
                command.getErr().println("the details are in " + log);
            }
            return 1;
        });
        return line;
    }

    private static String message(Exception failure) {
        String text = failure.getMessage();
        if (text == null) {
            return failure.getClass().getSimpleName();
        }
        return failure instanceof CommandException || failure instanceof KafkaException
                ? text
                : failure.getClass().getSimpleName() + ": " + text;
    }
}
