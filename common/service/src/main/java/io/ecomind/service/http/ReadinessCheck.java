package io.ecomind.service.http;

import org.jspecify.annotations.Nullable;

/** Asks one dependency whether it can serve. */
@FunctionalInterface
public interface ReadinessCheck {
    /**
     * Called on each request for {@code /readyz}; must answer within two seconds.
     *
     * @return null when all is well, otherwise what is not
     */
    @Nullable
    String problem() throws Exception;

    /** Something to know although all is well, null for nothing. Asked after {@link #problem}. */
    default @Nullable String note() {
        return null;
    }
}
