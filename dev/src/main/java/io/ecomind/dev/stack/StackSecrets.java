package io.ecomind.dev.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.profile.PrivateFile;
import io.ecomind.connect.Secret;
import io.ecomind.service.auth.KeyPeppers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Passwords of the database roles, of Kafka's users and of Redis, and the pepper of API keys: drawn once per data directory.
 * Immutable.
 */
public record StackSecrets(Map<String, Secret> passwords, Secret keyPepper) {
    private static final String PEPPER = "key_pepper";
    private static final String REDIS = "redis";
    private static final String KAFKA_PREFIX = "kafka_";

    public static StackSecrets loadOrCreate(Path file) {
        Optional<JsonNode> stored = PrivateFile.read(file);
        ObjectNode content = stored.isPresent() ? stored.get().deepCopy() : JsonNodeFactory.instance.objectNode();
        boolean changed = false;
        var random = new SecureRandom();
        for (String name : names()) {
            if (content.path(name).asText("").isEmpty()) {
                byte[] bytes = new byte[24];
                random.nextBytes(bytes);
                content.put(name, HexFormat.of().formatHex(bytes));
                changed = true;
            }
        }
        if (changed) {
            PrivateFile.write(file, content);
        }
        Map<String, Secret> passwords = new TreeMap<>();
        for (String name : names()) {
            if (!name.equals(PEPPER)) {
                passwords.put(name, new Secret(content.get(name).asText()));
            }
        }
        return new StackSecrets(
                Map.copyOf(passwords), new Secret(content.get(PEPPER).asText()));
    }

    Secret kafkaPassword(String user) {
        return password(KAFKA_PREFIX + user);
    }

    Secret redisPassword() {
        return password(REDIS);
    }

    KeyPeppers peppers() {
        return KeyPeppers.parse(keyPepper);
    }

    Secret password(String role) {
        Secret password = passwords.get(role);
        if (password == null) {
            throw new IllegalArgumentException("there is no password for " + role);
        }
        return password;
    }

    private static List<String> names() {
        var names = new ArrayList<>(Endpoints.ROLES);
        KafkaUsers.ALL.forEach(user -> names.add(KAFKA_PREFIX + user));
        names.add(REDIS);
        names.add(PEPPER);
        return names;
    }
}
