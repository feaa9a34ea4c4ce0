package io.ecomind.api.tenant;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** How far the tables are complete. Stateless. */
public final class Completeness {
    private Completeness() {}

    /** Everything received before this moment is in the tables; empty while that is not known. */
    public static Optional<Instant> completeThrough(Handle handle) {
        return handle.createQuery("SELECT complete_through() AS complete_through")
                .map((row, ctx) -> Optional.ofNullable(row.getObject("complete_through", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant))
                .one();
    }
}
