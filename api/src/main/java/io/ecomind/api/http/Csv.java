package io.ecomind.api.http;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whether a caller wants CSV. Stateless. */
public final class Csv {
    private Csv() {}

    /** The first of CSV and JSON that the header Accept names; JSON when it names neither. */
    public static boolean prefers(@Nullable String accept) {
        if (accept == null) {
            return false;
        }
        for (String range : accept.toLowerCase(Locale.ROOT).split(",", -1)) {
            String type = range.split(";", 2)[0].trim();
            if (type.equals("text/csv")) {
                return true;
            }
            if (type.equals("application/json")) {
                return false;
            }
        }
        return false;
    }
}
