package io.ecomind.dev;

import io.ecomind.cli.CliMain;
import io.ecomind.cli.FactorsCommand;
import io.ecomind.cli.ImportCommand;
import io.ecomind.cli.RebuildCommand;
import io.ecomind.cli.RedriveCommand;
import io.ecomind.cli.RepairCommand;
import io.ecomind.cli.ReplayCommand;
import io.ecomind.cli.RestateCommand;
import io.ecomind.cli.VerifyCommand;
import io.ecomind.cli.admin.AdminCommand;
import io.ecomind.dev.bench.BenchCommand;
import io.ecomind.dev.chaos.ChaosCommand;
import io.ecomind.dev.check.CheckCommand;
import io.ecomind.dev.stack.DemoCommand;
import io.ecomind.dev.stack.DownCommand;
import io.ecomind.dev.stack.StatusCommand;
import io.ecomind.dev.stack.UpCommand;
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
            AdminCommand.class,
            ReplayCommand.class,
            ImportCommand.class,
            VerifyCommand.class,
            RestateCommand.class,
            RebuildCommand.class,
            RepairCommand.class,
            RedriveCommand.class,
            BenchCommand.class,
            ChaosCommand.class,
            CheckCommand.class,
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

    public static CommandLine commandLine() {
        return CliMain.configure(new CommandLine(new Main()));
    }
}
