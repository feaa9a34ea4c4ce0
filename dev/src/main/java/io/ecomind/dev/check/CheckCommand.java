package io.ecomind.dev.check;

import io.ecomind.dev.check.advisories.AdvisoriesCommand;
import io.ecomind.dev.check.attack.AttackCommand;
import io.ecomind.dev.check.fuzz.FuzzCommand;
import picocli.CommandLine.Command;

/** Checks of a running stack that are no test of one module. */
@Command(
        name = "check",
        description = "Check a running stack from outside.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {AttackCommand.class, FuzzCommand.class, AdvisoriesCommand.class, ExposureCommand.class})
public final class CheckCommand {}
