package io.ecomind.jobs.projection;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.UsageTotal;
import io.ecomind.jobs.runtime.CopyText;
import io.ecomind.jobs.totals.DailyUsageKey;
import io.ecomind.jobs.totals.TotalColumns;
import io.ecomind.jobs.totals.TotalScope;
import io.ecomind.jobs.totals.UsageTotals;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The part of a batch's events in the daily tables: added up to rows of the cube in memory, staged by COPY, then added to
 * all tables by one statement each. Not thread-safe.
 *
 * <p>Rows are written in key order and the organisation's own row, which every writer updates, comes last, so that
 * writers wait for each other shortly and never in a circle.
 */
final class DailyTotals {
    private static final int EXPECTED_ROW_BYTES = 640;

    private static final Set<String> NOT_TEXT =
            Set.of("date", "hour", "evidence_tier", "assumed_region", "assumed_host");

    private static final String STAGE =
            "CREATE TEMP TABLE IF NOT EXISTS staged_totals (LIKE daily_usage, hour timestamptz NOT NULL)"
                    + " ON COMMIT DELETE ROWS";

    private static final String STAGED_COLUMNS =
            String.join(", ", DailyUsageKey.COLUMNS) + ", hour, " + TotalColumns.NAMES;

    private static final String CUBE_ADDITION = addition("daily_usage", DailyUsageKey.COLUMNS);

    private static final String HOURLY_ADDITION =
            addition("usage_hourly", List.of("org_id", "date", "hour", "source", "provider", "model"));

    /** With the row that comes of it; the organisation's row is the last. */
    private static final Map<TotalScope, String> ADDITIONS = additions(TotalScope.values());

    private final Map<StagedKey, UsageTotals> staged = new HashMap<>();

    /** A row of the cube, by UTC hour, so that all tables follow from one stage. */
    private record StagedKey(DailyUsageKey cube, long hourMicros) {
        private static final long HOUR_MICROS = 3_600_000_000L;

        static StagedKey of(EnrichedEvent enriched) {
            long hours = Math.floorDiv(enriched.getEvent().getTsMicros(), HOUR_MICROS);
            return new StagedKey(DailyUsageKey.of(enriched), hours * HOUR_MICROS);
        }
    }

    void add(EnrichedEvent enriched) {
        staged.computeIfAbsent(StagedKey.of(enriched), key -> new UsageTotals()).add(enriched);
    }

    /**
     * Adds the totals to the tables; at most once in a transaction, whose end empties the stage. Returns the rows as they
     * are now, without what the tables do not know: the day's end, the rating version and what has been received.
     */
    List<UsageTotal.Builder> write(Connection connection) throws SQLException, IOException {
        List<UsageTotal.Builder> changed = new ArrayList<>();
        if (staged.isEmpty()) {
            return changed;
        }
        execute(connection, STAGE);
        CopyText.copyInto(connection, "staged_totals (" + STAGED_COLUMNS + ")", stagedRows());
        execute(connection, CUBE_ADDITION);
        execute(connection, HOURLY_ADDITION);
        for (var addition : ADDITIONS.entrySet()) {
            try (PreparedStatement add = connection.prepareStatement(addition.getValue());
                    ResultSet row = add.executeQuery()) {
                while (row.next()) {
                    changed.add(addition.getKey().read(row));
                }
            }
        }
        return changed;
    }

    private byte[] stagedRows() {
        var row = new CopyText(staged.size() * EXPECTED_ROW_BYTES);
        staged.forEach((key, totals) -> {
            key.cube().copyTo(row);
            row.moment(key.hourMicros());
            totals.copyTo(row);
            row.endRow();
        });
        return row.toBytes();
    }

    private static Map<TotalScope, String> additions(TotalScope... scopes) {
        Map<TotalScope, String> additions = new LinkedHashMap<>();
        for (TotalScope scope : scopes) {
            // The sequence is taken under the row's lock, so the second transaction gets the higher one.
            additions.put(
                    scope,
                    addition(scope.table(), scope.key())
                            + ", sequence = greatest(t.sequence + 1, EXCLUDED.sequence),"
                            + " changed_in = EXCLUDED.changed_in RETURNING " + scope.columns());
        }
        return additions;
    }

    private static String addition(String table, List<String> keys) {
        String key = String.join(", ", keys);
        List<String> order = new ArrayList<>();
        for (String column : keys) {
            order.add(NOT_TEXT.contains(column) ? column : column + " COLLATE \"C\"");
        }
        return "INSERT INTO " + table + " AS t (" + key + ", " + TotalColumns.NAMES + ") SELECT " + key + ", "
                + TotalColumns.SUMMED + " FROM staged_totals GROUP BY " + key + " ORDER BY "
                + String.join(", ", order) + " ON CONFLICT (" + key + ") DO UPDATE SET "
                + TotalColumns.ADDED;
    }

    /** Prepared, so that the server keeps the plan of what each batch repeats. */
    private static void execute(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }
}
