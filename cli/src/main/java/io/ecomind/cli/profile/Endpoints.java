package io.ecomind.cli.profile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the parts of a running stack are. Immutable.
 *
 * @param pid process of the launcher
 * @param http base URL of both ingest and queries
 * @param grpc host and port of gRPC ingest
 * @param management base URL of readiness and metrics; empty where nothing asks for it
 * @param postgres database by role: migrator, gateway, api, worker, pipeline, dispatcher
 */
public record Endpoints(
        long pid,
        String http,
        String grpc,
        String management,
        Map<String, DatabaseAddress> postgres,
        String kafkaBootstrapServers,
        String redisUrl)
        implements Installation {
    /** Short names of the database roles; PostgreSQL knows them as {@code ecomind_<name>}. */
    public static final List<String> ROLES = List.of("migrator", "gateway", "api", "worker", "pipeline", "dispatcher");

    public Endpoints {
        postgres = Map.copyOf(postgres);
    }

    /** Without a management port. */
    public Endpoints(
            long pid,
            String http,
            String grpc,
            Map<String, DatabaseAddress> postgres,
            String kafkaBootstrapServers,
            String redisUrl) {
        this(pid, http, grpc, "", postgres, kafkaBootstrapServers, redisUrl);
    }

    /** What the stack on this directory has written; empty while none runs. */
    public static Optional<Endpoints> read(DataDirectory data) {
        return PrivateFile.read(data.endpoints()).map(Endpoints::fromJson);
    }

    /** The same, or the advice to start the stack. */
    public static Endpoints require(DataDirectory data) {
        return read(data)
                .orElseThrow(() -> new CommandException(
                        "nothing runs on " + data.root() + ": start it with ./ecomind up (or give --data)"));
    }

    @Override
    public DatabaseAddress database(String role) {
        DatabaseAddress address = postgres.get(role);
        if (address == null) {
            throw new CommandException("endpoints.json names no database for the role " + role);
        }
        return address;
    }

    /** Prometheus metrics. */
    public String metricsUrl() {
        return management + "/metrics";
    }

    public void write(DataDirectory data) {
        PrivateFile.write(data.endpoints(), toJson());
    }

    private ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("pid", pid);
        json.putObject("gateway").put("http", http).put("grpc", grpc);
        json.putObject("api").put("http", http);
        ObjectNode databases = json.putObject("postgres");
        for (String role : ROLES) {
            databases.put(role, database(role).toUrl());
        }
        json.putObject("kafka").put("bootstrap", kafkaBootstrapServers);
        json.putObject("redis").put("url", redisUrl);
        json.putObject("management").put("http", management);
        json.putObject("metrics").put("url", metricsUrl());
        return json;
    }

    private static Endpoints fromJson(JsonNode json) {
        Map<String, DatabaseAddress> postgres = new LinkedHashMap<>();
        for (String role : ROLES) {
            postgres.put(
                    role, DatabaseAddress.parse(json.path("postgres").path(role).asText()));
        }
        return new Endpoints(
                json.path("pid").asLong(),
                json.path("gateway").path("http").asText(),
                json.path("gateway").path("grpc").asText(),
                json.path("management").path("http").asText(),
                postgres,
                json.path("kafka").path("bootstrap").asText(),
                json.path("redis").path("url").asText());
    }
}
