package io.ecomind.dev.check.advisories;

import java.time.LocalDate;

/**
 * A published advisory and what was decided about it. Immutable.
 *
 * @param component {@code group:artifact} as in the bill of materials
 * @param versions those that are affected
 * @param id and other names of it, separated by spaces
 * @param reason why it does not apply; for {@link Decision#UPDATE} what the newer version mends
 * @param decided when
 */
record Advisory(
        String component,
        VersionRanges versions,
        String id,
        String severity,
        Decision decision,
        String reason,
        LocalDate decided) {

    /** What follows when an affected version is shipped. */
    enum Decision {
        /** It must not be: update the component. */
        UPDATE,
        /** It may be: the fault cannot be reached in what is shipped, for the reason given. */
        NOT_AFFECTED,
        /** It may be, although the fault can be reached: the reason says within what bounds. */
        ACCEPTED
    }

    boolean isNamed(String name) {
        return (" " + id + " ").contains(" " + name + " ");
    }
}
