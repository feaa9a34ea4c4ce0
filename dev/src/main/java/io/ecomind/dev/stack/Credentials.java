package io.ecomind.dev.stack;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.ecomind.service.Secret;
import io.ecomind.service.auth.ApiKey;
import java.security.SecureRandom;
import java.util.Optional;

/** An organisation and an API key of it. Immutable. */
public record Credentials(String orgId, Secret apiKey) {
    /** What the stack on this directory has written, if it ever ran. */
    public static Optional<Credentials> read(DataDirectory data) {
        return PrivateFile.read(data.credentials())
                .map(json -> new Credentials(
                        json.path("org_id").asText(),
                        new Secret(json.path("api_key").asText())));
    }

    /** The same key across restarts: what a script has copied goes on working. */
    static Credentials loadOrCreate(DataDirectory data) {
        Optional<Credentials> stored = read(data);
        if (stored.isPresent()) {
            return stored.get();
        }
        var fresh = new Credentials(
                DemoOrganisation.ID, ApiKey.generate(new SecureRandom()).text());
        PrivateFile.write(
                data.credentials(),
                JsonNodeFactory.instance
                        .objectNode()
                        .put("org_id", fresh.orgId())
                        .put("api_key", fresh.apiKey().value()));
        return fresh;
    }

    ApiKey key() {
        ApiKey key = ApiKey.parse(apiKey.value());
        if (key == null) {
            throw new StackException("credentials.json holds no API key; remove it to have one made");
        }
        return key;
    }
}
