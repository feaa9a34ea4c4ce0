package io.ecomind.cli.profile;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.ecomind.connect.Secret;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.KeyPeppers;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * An organisation and its API keys. Immutable.
 *
 * @param apiKey sends and asks
 * @param importKey sends what is older than events are kept, too; empty when the stack last ran before there were imports
 */
public record Credentials(String orgId, Secret apiKey, Secret importKey) {
    private static final String DEMO = "demo";

    /** What the keys of an embedded stack say they are for. */
    private static final String ENVIRONMENT = "local";

    /** What the stack on this directory has written, if it ever ran. */
    public static Optional<Credentials> read(DataDirectory data) {
        return PrivateFile.read(data.credentials())
                .map(json -> new Credentials(
                        json.path("org_id").asText(),
                        new Secret(json.path("api_key").asText()),
                        new Secret(json.path("import_key").asText(""))));
    }

    /**
     * The same keys across restarts: what a script has copied goes on working.
     *
     * @param peppers what the servers of this directory hash keys with
     */
    public static Credentials loadOrCreate(DataDirectory data, KeyPeppers peppers) {
        Optional<Credentials> stored = read(data);
        if (stored.isPresent() && !stored.get().importKey().value().isEmpty()) {
            return stored.get();
        }
        var fresh = new Credentials(
                stored.map(Credentials::orgId).orElse(DEMO),
                stored.map(Credentials::apiKey).orElseGet(() -> generate(peppers)),
                generate(peppers));
        PrivateFile.write(
                data.credentials(),
                JsonNodeFactory.instance
                        .objectNode()
                        .put("org_id", fresh.orgId())
                        .put("api_key", fresh.apiKey().value())
                        .put("import_key", fresh.importKey().value()));
        return fresh;
    }

    public ApiKey key() {
        return parse(apiKey);
    }

    public ApiKey keyForImport() {
        return parse(importKey);
    }

    private static Secret generate(KeyPeppers peppers) {
        return ApiKey.generate(new SecureRandom(), ENVIRONMENT, peppers).text();
    }

    private static ApiKey parse(Secret text) {
        ApiKey key = ApiKey.parse(text.value());
        if (key == null) {
            throw new CommandException("credentials.json holds no API key; remove it to have one made");
        }
        return key;
    }
}
