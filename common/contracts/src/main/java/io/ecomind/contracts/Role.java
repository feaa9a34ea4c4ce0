package io.ecomind.contracts;

import java.util.Locale;

/** What a person is in an organisation; {@code permissions.csv} says what each role permits. */
public enum Role {
    OWNER,
    ADMIN,
    MANAGER,
    ANALYST,
    AUDITOR,
    MEMBER;

    /** The name in {@code permissions.csv}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
