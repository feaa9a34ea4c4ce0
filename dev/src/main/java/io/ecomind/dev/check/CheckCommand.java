package io.ecomind.dev.check;

import io.ecomind.dev.check.attack.AttackCommand;
import picocli.CommandLine.Command;

/** Checks of a running stack that are no test of one module. */
@Command(
        name = "check",
        description = "Check a running stack from outside.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {AttackCommand.class})
public final class CheckCommand {}
