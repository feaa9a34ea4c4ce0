package io.ecomind.jobs.totals;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The key of a row of totals, as one string for keyed state: a string has the same hash on every JVM. */
public interface TotalsKey {
    /** The names of the key, separated by NUL. */
    String text();

    /** A NUL in a name would split the key at the wrong place, and PostgreSQL cannot store it: it becomes U+FFFD. */
    static String join(String... names) {
        return Arrays.stream(names)
                .map(name -> name.indexOf('\0') < 0 ? name : name.replace('\0', '\uFFFD'))
                .collect(Collectors.joining("\0"));
    }
}
