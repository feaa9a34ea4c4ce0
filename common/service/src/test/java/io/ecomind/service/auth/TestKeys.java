package io.ecomind.service.auth;

import io.ecomind.connect.Secret;
import io.ecomind.contracts.Scope;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.EnumSet;

/** Keys that are valid without a database, each of an organisation of its own. Thread-safe. */
public final class TestKeys {
    private static final KeyPeppers PEPPERS = KeyPeppers.parse(new Secret("pepper"));

    private final FakeKeyStore rows = new FakeKeyStore();
    private final Authenticator authenticator = new Authenticator(
            rows, PEPPERS, KeyCacheLimits.DEFAULT, Clock.systemUTC(), System::nanoTime, Runnable::run);

    public Authenticator authenticator() {
        return authenticator;
    }

    /** A new key with all scopes, as the header {@code Authorization} has it. */
    public String issue() {
        ApiKey key = ApiKey.generate(new SecureRandom(), "test", PEPPERS);
        var caller = new MachineKey(
                key.id(), "org-" + key.id(), null, null, EnumSet.allOf(Scope.class), 1, "team", null, null);
        rows.put(new StoredKey(key.hash(PEPPERS), PEPPERS.newest().version(), false, null, caller));
        return "Bearer " + key.text().value();
    }
}
