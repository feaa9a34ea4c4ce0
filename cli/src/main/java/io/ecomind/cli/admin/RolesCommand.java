package io.ecomind.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.ecomind.cli.ExitCode;
import io.ecomind.cli.ProfileOptions;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.InputFiles;
import io.ecomind.cli.profile.PrivateFile;
import io.ecomind.cli.profile.Profile;
import io.ecomind.connect.Secret;
import io.ecomind.store.DatabaseRoles;
import io.ecomind.store.EverybodysRights;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lets the processes log in to the database. */
@Command(
        name = "roles",
        description = "Let the database roles of the processes log in, each with its password.",
        footer = {
            "",
            "The roles are ecomind_gateway, ecomind_api, ecomind_worker, ecomind_pipeline and ecomind_dispatcher;"
                    + " admin migrate creates them. Passwords are read from the file, a JSON object such as"
                    + " {\"gateway\": \"…\", \"api\": \"…\"}, or from ECOMIND_GATEWAY_PASSWORD, ECOMIND_API_PASSWORD,"
                    + " ECOMIND_WORKER_PASSWORD, ECOMIND_PIPELINE_PASSWORD and ECOMIND_DISPATCHER_PASSWORD, which take"
                    + " precedence over the file. A role that can log in with its password already is left as it is."
        })
final class RolesCommand implements Callable<Integer> {
    private static final String PREFIX = "ecomind_";

    @Mixin
    private ProfileOptions.Database options = new ProfileOptions.Database();

    @Option(
            names = "--passwords",
            paramLabel = "FILE",
            description = "JSON file with the passwords by role, readable only by you.")
    private @Nullable Path file;

    @Option(
            names = "--role",
            paramLabel = "NAME",
            split = ",",
            description = "Only these roles, such as gateway or api,worker (default: all).")
    private List<String> only = new ArrayList<>();

    @Option(
            names = {"--check", "--dry-run"},
            description =
                    "Change nothing; list the roles that cannot log in with their password, and end with 1 if there"
                            + " are any.")
    private boolean check;

    @Option(
            names = "--superuser-sql",
            description = {
                "Change nothing; print what a superuser runs once in the migrated database, which takes large objects and"
                        + " advisory locks from everybody. It needs no connection:",
                "  ./ecomind admin roles --superuser-sql | psql -U postgres -d ecomind -1 -f -"
            })
    private boolean superuserSql;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (superuserSql) {
            out.print(EverybodysRights.script());
            out.flush();
            return ExitCode.DONE;
        }
        Profile profile = options.load();
        Map<String, Secret> passwords = passwords(profile.environment());
        DatabaseAddress address = profile.database("migrator");
        DataSource owner = address.dataSource();
        DatabaseRoles.Login login =
                (role, password) -> address.as(role, password).dataSource().getConnection();
        boolean differs = false;
        try {
            for (Map.Entry<String, Secret> entry : passwords.entrySet()) {
                String role = entry.getKey();
                Optional<String> difference = DatabaseRoles.difference(owner, login, role, entry.getValue());
                if (difference.isEmpty()) {
                    out.println("  " + role + " can log in");
                } else if (check) {
                    differs = true;
                    out.println("  " + role + " " + difference.get());
                } else {
                    DatabaseRoles.allowLogin(owner, role, entry.getValue());
                    Optional<String> left = DatabaseRoles.difference(owner, login, role, entry.getValue());
                    differs |= left.isPresent();
                    out.println("  " + role + " " + difference.get() + ": "
                            + left.map(what -> "still " + what).orElse("can log in now"));
                }
                out.flush();
            }
            everybody(out, owner);
        } catch (SQLException e) {
            throw new CommandException(
                    address.jdbcUrl() + " as " + address.user() + ": "
                            + MigrateCommand.firstLine(String.valueOf(e.getMessage())),
                    e);
        }
        return differs ? ExitCode.FAILED : ExitCode.DONE;
    }

    /** Only a superuser can change this, and a hosted server may have none: it is said and fails nothing. */
    private void everybody(PrintWriter out, DataSource owner) throws SQLException {
        if (EverybodysRights.areRevoked(owner)) {
            return;
        }
        if (!check && EverybodysRights.mayRevoke(owner)) {
            EverybodysRights.revoke(owner);
            out.println("  large objects and advisory locks are taken from everybody");
        } else {
            out.println("  every role may make large objects and take advisory locks: have a superuser run"
                    + " admin roles --superuser-sql");
        }
        out.flush();
    }

    private Map<String, Secret> passwords(Map<String, String> environment) {
        JsonNode content = file == null
                ? MissingNode.getInstance()
                : PrivateFile.read(InputFiles.requireFile(file, "--passwords")).orElse(MissingNode.getInstance());
        List<String> unknown = new ArrayList<>(only);
        content.fieldNames().forEachRemaining(unknown::add);
        unknown.removeIf(name -> DatabaseRoles.PROCESSES.contains(PREFIX + name));
        if (!unknown.isEmpty()) {
            throw CommandException.wrongUsage("there is no role " + unknown.get(0)
                    + "; the roles are gateway, api, worker, pipeline and dispatcher");
        }
        Map<String, Secret> passwords = new LinkedHashMap<>();
        List<String> missing = new ArrayList<>();
        for (String role : DatabaseRoles.PROCESSES) {
            String name = role.substring(PREFIX.length());
            if (!only.isEmpty() && !only.contains(name)) {
                continue;
            }
            String variable = "ECOMIND_" + name.toUpperCase(Locale.ROOT) + "_PASSWORD";
            String password = environment.getOrDefault(variable, "").strip();
            if (password.isEmpty()) {
                password = content.path(name).asText("");
            }
            if (password.isEmpty()) {
                missing.add(name + " (" + variable + ")");
            } else {
                passwords.put(role, new Secret(password));
            }
        }
        if (!missing.isEmpty()) {
            throw CommandException.wrongUsage("no password is given for " + String.join(", ", missing)
                    + ": give --passwords FILE or the variable, or choose others with --role");
        }
        return passwords;
    }
}
