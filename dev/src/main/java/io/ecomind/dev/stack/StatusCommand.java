package io.ecomind.dev.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.cli.DataOption;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.profile.RunningLauncher;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows what runs on a data directory. Exit code 1 when it is not up, or not all of it is ready. */
@Command(name = "status", description = "Show what runs, where, and whether it is ready.")
public final class StatusCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    @Mixin
    private DataOption data = new DataOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        DataDirectory directory = data.client();
        PrintWriter out = spec.commandLine().getOut();
        Optional<ProcessHandle> launcher = RunningLauncher.running(directory);
        Optional<Endpoints> endpoints = Endpoints.read(directory);
        if (launcher.isEmpty()) {
            List<String> left = Leftovers.list(directory);
            out.println("not up: nothing runs on " + directory.root());
            if (endpoints.isPresent() || !left.isEmpty()) {
                out.println("  the last stack was killed; its data is kept, and ./ecomind up"
                        + DataFolder.option(directory) + " continues with it");
            }
            left.forEach(what -> out.println("  left over: " + what));
            if (!left.isEmpty()) {
                out.println("  ./ecomind down" + DataFolder.option(directory) + " stops and removes what is left over");
            }
            return 1;
        }
        if (endpoints.isEmpty()) {
            out.println("starting or stopping (pid " + launcher.get().pid() + "); see " + directory.log());
            return 1;
        }
        out.println("up (pid " + launcher.get().pid() + ", data " + directory.root() + ")");
        UpCommand.describe(out, directory, endpoints.get());
        boolean ready = printReadiness(out, endpoints.get());
        printProgress(out, endpoints.get());
        return ready ? 0 : 1;
    }

    private static boolean printReadiness(PrintWriter out, Endpoints endpoints) throws InterruptedException {
        try {
            HttpResponse<String> answer = endpoints
                    .httpAddress()
                    .newClient()
                    .connectTimeout(TIMEOUT)
                    .build()
                    .send(
                            HttpRequest.newBuilder(URI.create(endpoints.management() + "/readyz"))
                                    .timeout(TIMEOUT)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            JsonNode parts = new ObjectMapper().readTree(answer.body());
            parts.properties()
                    .forEach(part -> out.printf(
                            Locale.ROOT,
                            "  %-24s %s%n",
                            part.getKey(),
                            part.getValue().asText()));
            return answer.statusCode() == 200;
        } catch (IOException e) {
            out.println("  readiness: no answer from " + endpoints.management() + ": " + e.getMessage());
            return false;
        }
    }

    private static void printProgress(PrintWriter out, Endpoints endpoints) {
        try (Connection connection = endpoints.database("pipeline").dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT complete_through()")) {
            OffsetDateTime through = row.next() ? row.getObject(1, OffsetDateTime.class) : null;
            out.println("  complete_through         "
                    + (through == null ? "unknown yet" : through.toInstant().toString()));
        } catch (SQLException e) {
            out.println("  complete_through         the database does not answer: " + e.getMessage());
        }
    }
}
