package io.ecomind.dev;

import io.ecomind.dev.stack.StackException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Entry of the launcher: one class per command. Exit codes: 0 done, 1 failed, 2 wrong usage. */
@Command(
        name = "ecomind",
        description = "Everything of Ecomind on one machine.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            StatusCommand.class,
            DownCommand.class,
            ReplayCommand.class,
            ImportCommand.class,
            VerifyCommand.class,
            RestateCommand.class,
            RebuildCommand.class,
            RepairCommand.class,
            RedriveCommand.class,
            BenchCommand.class,
            ChaosCommand.class,
            FactorsCommand.class
        })
public final class Main {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this text.")
    boolean help;

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        var line = new CommandLine(new Main());
        line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        line.setUsageHelpAutoWidth(true);
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("ecomind: " + message(failure));
            String log = System.getProperty(DataOption.LOG_PROPERTY);
            if (log != null && !(failure instanceof StackException expected && expected.getCause() == null)) {
                LoggerFactory.getLogger(Main.class).atError().setCause(failure).log("a command failed");
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
        return failure instanceof StackException ? text : failure.getClass().getSimpleName() + ": " + text;
    }
}
