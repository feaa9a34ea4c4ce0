package io.ecomind.cli.profile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.RedisSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the parts of a running stack are. Immutable.
 *
 * @param pid process of the launcher
 * @param http base URL of both ingest and queries
 * @param grpc host and port of gRPC ingest
 * @param redis null when the commands are told of none
 * @param httpAuthority PEM file of the certificates to trust with HTTPS
 * @param management base URL of readiness and metrics; empty where nothing asks for it
 * @param postgres database by role: migrator, gateway, api, worker, pipeline, dispatcher
 */
public record Endpoints(
        long pid,
        String http,
        String grpc,
        String management,
        Map<String, DatabaseAddress> postgres,
        KafkaSettings kafka,
        @Nullable RedisSettings redis,
        @Nullable Path httpAuthority)
        implements Installation {
    /** Short names of the database roles; PostgreSQL knows them as {@code ecomind_<name>}. */
    public static final List<String> ROLES = List.of("migrator", "gateway", "api", "worker", "pipeline", "dispatcher");

    public Endpoints {
        postgres = Map.copyOf(postgres);
    }

    /** Without a management port and without HTTPS. */
    public Endpoints(
            long pid,
            String http,
            String grpc,
            Map<String, DatabaseAddress> postgres,
            KafkaSettings kafka,
            @Nullable RedisSettings redis) {
        this(pid, http, grpc, "", postgres, kafka, redis, null);
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

    /** The HTTP API. */
    public HttpAddress httpAddress() {
        return new HttpAddress(http, httpAuthority);
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
        ObjectNode gateway = json.putObject("gateway").put("http", http).put("grpc", grpc);
        if (httpAuthority != null) {
            gateway.put("ca", httpAuthority.toString());
        }
        json.putObject("api").put("http", http);
        ObjectNode databases = json.putObject("postgres");
        for (String role : ROLES) {
            databases.put(role, database(role).toUrl());
        }
        ObjectNode settings = json.putObject("kafka")
                .put("bootstrap", kafka.bootstrapServers())
                .putObject("settings");
        kafka.security().forEach(settings::put);
        ObjectNode redisJson = json.putObject("redis").put("url", redis == null ? "" : redis.toUrl());
        if (redis != null && redis.certificateAuthority() != null) {
            redisJson.put("ca", redis.certificateAuthority().toString());
        }
        json.putObject("management").put("http", management);
        json.putObject("metrics").put("url", metricsUrl());
        return json;
    }

    /** Reads what {@link #toJson} writes: the address, and the certificates to trust; null when there is no address. */
    public static @Nullable RedisSettings redis(JsonNode json) {
        String url = json.path("url").asText("");
        if (url.isEmpty()) {
            return null;
        }
        RedisSettings byUrl = RedisSettings.parse(url);
        String authority = json.path("ca").asText("");
        return authority.isEmpty()
                ? byUrl
                : new RedisSettings(byUrl.address(), byUrl.user(), byUrl.password(), Path.of(authority));
    }

    /** Reads what {@link #toJson} writes: the bootstrap servers, and the settings of Kafka's clients in an object. */
    public static KafkaSettings kafka(JsonNode json) {
        return KafkaSettings.of(json.path("bootstrap").asText(), texts(json.path("settings")));
    }

    private static @Nullable Path path(JsonNode json) {
        return json.isTextual() ? Path.of(json.textValue()) : null;
    }

    static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new TreeMap<>();
        object.properties()
                .forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
        return texts;
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
                kafka(json.path("kafka")),
                redis(json.path("redis")),
                path(json.path("gateway").path("ca")));
    }
}
