package io.ecomind.api.restatements;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.KeysetCursor;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/** Reads rating_versions. Stateless; the caller brings the organisation's transaction. */
final class RatingVersionStore {
    private RatingVersionStore() {}

    /** The newest day and version first. */
    static List<RatingVersion> page(
            Handle handle, String orgId, DateRange range, @Nullable KeysetCursor after, int limit) {
        return handle.createQuery("""
                        SELECT date, version, kind, factor_set, reason, restatement, created_at, old_totals, new_totals
                        FROM rating_versions
                        WHERE org_id = :org AND date BETWEEN :from AND :to
                          AND (date - DATE '1970-01-01', version) < (:day, :version)
                        ORDER BY date DESC, version DESC
                        LIMIT :limit""")
                .bind("org", orgId)
                .bind("from", range.from())
                .bind("to", range.to())
                .bind("day", after == null ? Long.MAX_VALUE : after.part(0))
                .bind("version", after == null ? Integer.MAX_VALUE : after.part(1))
                .bind("limit", limit)
                .map(ConstructorMapper.of(RatingVersion.class))
                .list();
    }
}
