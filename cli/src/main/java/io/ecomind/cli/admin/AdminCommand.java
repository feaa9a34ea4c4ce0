package io.ecomind.cli.admin;

import picocli.CommandLine.Command;

/** What is set up once, and again with each new version, before the processes start. Only a group of commands. */
@Command(
        name = "admin",
        description = "Set up the database and Kafka for an installation, or check that they are set up.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {MigrateCommand.class, TopicsCommand.class, RolesCommand.class},
        footer = {
            "",
            "A new installation needs, in this order: admin topics, admin migrate, admin roles. Each may"
                    + " be run again: it changes only what is not yet as it should be."
        })
public final class AdminCommand {}
