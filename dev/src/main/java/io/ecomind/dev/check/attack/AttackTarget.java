package io.ecomind.dev.check.attack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.profile.PrivateFile;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.RedisSettings;
import io.ecomind.connect.Secret;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the installation that is attacked. Only the HTTP address is always there: what else is missing makes the
 * tries that need it impossible. Immutable.
 *
 * @param http public base URL
 * @param management base URL of metrics and readiness; the public one where they have no port of their own
 * @param grpc host and port, with the scheme {@code grpcs} where HTTP has TLS
 * @param databases by short name of the role
 * @param pepper of API keys; with the owner's database it lets the tries add organisations of their own
 * @param pid the process that serves HTTP, when it runs on this machine
 * @param data directory of an embedded stack on this machine
 */
record AttackTarget(
        URI http,
        URI management,
        @Nullable URI grpc,
        Map<String, DatabaseAddress> databases,
        @Nullable KafkaSettings kafka,
        @Nullable RedisSettings redis,
        @Nullable Secret apiKey,
        @Nullable Secret pepper,
        @Nullable Long pid,
        @Nullable Path data) {

    AttackTarget {
        databases = Map.copyOf(databases);
    }

    /** Reads a profile file, with the credentials and secrets that lie beside it. */
    static AttackTarget of(Path profile) {
        Path file = profile.toAbsolutePath().normalize();
        JsonNode json = PrivateFile.read(file)
                .orElseThrow(() -> new CommandException(
                        "there is no " + file + ": start a stack with ./ecomind up, or name a profile with --profile"));
        JsonNode credentials = beside(file, "credentials.json");
        JsonNode secrets = beside(file, "secrets.json");
        String http = json.path("gateway").path("http").asText();
        if (!http.matches("https?://[^\\s/]+/?")) {
            throw CommandException.wrongUsage(file + ": gateway.http must be a URL such as http://host:port, was "
                    + (http.isEmpty() ? "absent" : http));
        }
        URI base = URI.create(http.replaceFirst("/$", ""));
        Map<String, DatabaseAddress> databases = new LinkedHashMap<>();
        for (String role : Endpoints.ROLES) {
            text(json.path("postgres").path(role)).ifPresent(url -> databases.put(role, DatabaseAddress.parse(url)));
        }
        String metrics = json.path("metrics").path("url").asText("");
        long pid = json.path("pid").asLong(-1);
        boolean local = pid > 0 && Files.isReadable(Path.of("/proc", Long.toString(pid), "stat"));
        return new AttackTarget(
                base,
                metrics.isEmpty() ? base : URI.create(metrics.replaceFirst("/metrics/?$", "")),
                text(json.path("gateway").path("grpc"))
                        .map(address ->
                                URI.create((base.getScheme().equals("https") ? "grpcs://" : "grpc://") + address))
                        .orElse(null),
                databases,
                kafka(file, json.path("kafka")),
                redis(file, json.path("redis")),
                text(credentials.path("api_key")).map(Secret::new).orElse(null),
                text(secrets.path("key_pepper")).map(Secret::new).orElse(null),
                local ? pid : null,
                local ? dataDirectory(file) : null);
    }

    private static @Nullable KafkaSettings kafka(Path file, JsonNode kafka) {
        try {
            return text(kafka.path("bootstrap")).isPresent() ? Endpoints.kafka(kafka) : null;
        } catch (IllegalArgumentException wrong) {
            throw CommandException.wrongUsage(file + ": kafka.settings: " + wrong.getMessage());
        }
    }

    private static @Nullable RedisSettings redis(Path file, JsonNode redis) {
        try {
            return Endpoints.redis(redis);
        } catch (IllegalArgumentException wrong) {
            throw CommandException.wrongUsage(file + ": redis.url: " + wrong.getMessage());
        }
    }

    /** Of the stack that wrote the profile; null when the file is one that somebody else wrote. */
    private static @Nullable Path dataDirectory(Path file) {
        Path run = file.getParent();
        return run != null && Files.exists(run.resolve("secrets.json")) ? run.getParent() : null;
    }

    Optional<DatabaseAddress> database(String role) {
        return Optional.ofNullable(databases.get(role));
    }

    private static JsonNode beside(Path file, String name) {
        return PrivateFile.read(file.resolveSibling(name)).orElse(MissingNode.getInstance());
    }

    private static Optional<String> text(JsonNode value) {
        return value.isTextual() && !value.textValue().isBlank()
                ? Optional.of(value.textValue().strip())
                : Optional.empty();
    }
}
