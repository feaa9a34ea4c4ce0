package io.ecomind.dev.check;

import picocli.CommandLine.Command;

/** Checks of a running stack that are no test of one module. */
@Command(
        name = "check",
        description = "Check a running stack from outside.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ExposureCommand.class})
public final class CheckCommand {}
