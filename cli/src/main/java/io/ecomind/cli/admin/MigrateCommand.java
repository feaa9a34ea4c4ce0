package io.ecomind.cli.admin;

import io.ecomind.cli.ExitCode;
import io.ecomind.cli.ProfileOptions;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.store.Migrations;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Brings the schema to this version. */
@Command(
        name = "migrate",
        description = "Bring the database to the schema of this version, and load the factor set that comes with it.",
        footer = {
            "",
            "Logs in as ecomind_migrator unless --database-user or the URL names another role that owns"
                    + " the database. It must be allowed to create roles. There is no way back to an older schema:"
                    + " make a backup before."
        })
final class MigrateCommand implements Callable<Integer> {
    @Mixin
    private ProfileOptions.Database options = new ProfileOptions.Database();

    @Option(
            names = {"--check", "--dry-run"},
            description = "Change nothing; list the migrations that would be applied, and end with 1 if there are any.")
    private boolean check;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        DatabaseAddress address = options.load().database("migrator");
        DataSource owner = address.dataSource();
        try {
            List<String> pending = Migrations.pending(owner);
            if (pending.isEmpty()) {
                out.println("the schema is that of this version");
            } else {
                pending.forEach(script -> out.println("  " + (check ? "would apply " : "applying ") + script));
            }
            if (!check) {
                Migrations.run(owner);
                out.println(pending.isEmpty() ? "nothing to do" : pending.size() + " migrations applied");
            }
            out.flush();
            return check && !pending.isEmpty() ? ExitCode.FAILED : ExitCode.DONE;
        } catch (SQLException | FlywayException e) {
            throw new CommandException(
                    address.jdbcUrl() + " as " + address.user() + ": " + firstLine(String.valueOf(e.getMessage())), e);
        }
    }

    /** Flyway repeats statements and its own advice over many lines; the log has them all. */
    static String firstLine(String message) {
        return message.strip().lines().findFirst().orElse("");
    }
}
