package io.ecomind.contracts;

import java.util.Locale;
import java.util.Optional;

/** What an API key may be allowed to do. No scope includes another; {@code permissions.csv} says what each permits. */
public enum Scope {
    INGEST,
    IMPORT,
    READ,
    MANAGE;

    /** The name in the database, in problem documents and in {@code x-access} of the OpenAPI document. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The scope of this name; empty for a name that this version does not know. */
    public static Optional<Scope> fromWireName(String name) {
        for (Scope scope : values()) {
            if (scope.wireName().equals(name)) {
                return Optional.of(scope);
            }
        }
        return Optional.empty();
    }
}
