package io.ecomind.cli;

import io.ecomind.cli.admin.AdminCommand;
import io.ecomind.cli.profile.CommandException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.apache.kafka.common.KafkaException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** Entry of the operators' commands: one class per command. */
@Command(
        name = "ecomind",
        description = "Operates an installation of Ecomind.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            AdminCommand.class,
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
    private static final String LOG_CONFIGURATION = "logback.configurationFile";

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this text.")
    boolean help;

    private CliMain() {}

    public static void main(String[] arguments) {
        // Numbers look the same whatever the machine's language is, also those that libraries print.
        Locale.setDefault(Locale.ROOT);
        if (System.getProperty(LOG_CONFIGURATION) == null) {
            System.setProperty(LOG_CONFIGURATION, "logback-cli.xml");
        }
        System.exit(commandLine().execute(arguments));
    }

    public static CommandLine commandLine() {
        return configure(new CommandLine(new CliMain()));
    }

    /** Gives a command line its streams, its failures their message, and all of its commands the rule of {@link ExitCode}. */
    public static CommandLine configure(CommandLine line) {
        line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        line.setUsageHelpAutoWidth(true);
        line.setParameterExceptionHandler((wrong, arguments) -> wrongUsage(wrong));
        line.setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, command));
        explainExitCodes(line);
        return line;
    }

    private static int wrongUsage(ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("ecomind: " + wrong.getMessage());
        UnmatchedArgumentException.printSuggestions(wrong, err);
        err.println("see ./" + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static int failed(Exception failure, CommandLine command) {
        command.getErr().println("ecomind: " + message(failure));
        if (failure instanceof CommandException expected && expected.isWrongUsage()) {
            return ExitCode.USAGE;
        }
        String log = System.getProperty(DataOption.LOG_PROPERTY);
        if (log != null
                && !log.equals(ClientLog.NOWHERE)
                && !(failure instanceof CommandException expected && expected.getCause() == null)) {
            LoggerFactory.getLogger(CliMain.class).atError().setCause(failure).log("a command failed");
            command.getErr().println("the details are in " + log);
        }
        return ExitCode.FAILED;
    }

    private static void explainExitCodes(CommandLine line) {
        UsageMessageSpec usage = line.getCommandSpec().usageMessage();
        String[] footer = usage.footer();
        boolean group = !line.getSubcommands().isEmpty();
        if (!group && Arrays.stream(footer).noneMatch(text -> text.contains("Exit codes"))) {
            String[] longer = Arrays.copyOf(footer, footer.length + 2);
            longer[footer.length] = "";
            longer[footer.length + 1] = ExitCode.HELP;
            usage.footer(longer);
        }
        line.getSubcommands().values().forEach(CliMain::explainExitCodes);
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
