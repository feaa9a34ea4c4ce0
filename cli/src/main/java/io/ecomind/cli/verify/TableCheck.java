package io.ecomind.cli.verify;

import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.jobs.totals.DailyUsageKey;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares the tables with the event rows and the rows with the ledger, all in one snapshot. Not thread-safe.
 *
 * <p>Rows of rating version 0 have arrived for a sealed day and are in no total yet; they are set apart. All others carry
 * their day's current version.
 */
final class TableCheck {
    private static final int FETCH = 20_000;

    private static final List<String> AMOUNTS =
            Figure.ALL.stream().map(Figure::column).toList();
    private static final List<String> COLUMNS = Stream.concat(
                    Arrays.stream(Counter.values()).map(Counter::column), AMOUNTS.stream())
            .toList();

    /** What divides the cube beside organisation and day. */
    private static final List<String> CUBE_KEY = DailyUsageKey.COLUMNS.subList(2, DailyUsageKey.COLUMNS.size());

    private static final String COUNTERS_OF_ROWS = """
            count(*) AS call_count,
            count(*) FILTER (WHERE kwh IS NULL) AS uncovered_count,
            sum(tokens_in) AS tokens_in,
            sum(tokens_out) AS tokens_out,
            coalesce(sum(tokens_in) FILTER (WHERE kwh IS NULL), 0) AS uncovered_tokens_in,
            coalesce(sum(tokens_out) FILTER (WHERE kwh IS NULL), 0) AS uncovered_tokens_out,
            count(co2_market_kg) AS market_count""";

    /** Every daily table against its sum of rows; what is returned differs. */
    private static final String DIFFERENCES = """
            WITH cube AS MATERIALIZED (
                SELECT org_id, local_date AS date, date_trunc('hour', ts, 'UTC') AS hour, %7$s, %1$s, %2$s
                FROM events_enriched
                WHERE rating_version > 0 AND (?::text IS NULL OR org_id = ?)
                  AND local_date BETWEEN ? AND ?
                GROUP BY org_id, local_date, hour, %7$s
            ), expected AS (
                SELECT 'daily_usage' AS name, org_id, date, concat_ws(' / ', %7$s) AS key, %3$s
                FROM cube GROUP BY org_id, date, %7$s
                UNION ALL
                SELECT 'usage_hourly', org_id, date, concat_ws(' / ', hour, source, provider, model), %3$s
                FROM cube GROUP BY org_id, date, hour, source, provider, model
                UNION ALL
                SELECT 'hourly_org_agg', org_id, date, hour::text, %3$s FROM cube GROUP BY org_id, date, hour
                UNION ALL
                SELECT 'daily_project_agg', org_id, date, project, %3$s FROM cube GROUP BY org_id, date, project
                UNION ALL
                SELECT 'daily_environment_agg', org_id, date, environment, %3$s
                FROM cube GROUP BY org_id, date, environment
                UNION ALL
                SELECT 'daily_org_agg', org_id, date, '', %3$s FROM cube GROUP BY org_id, date
                UNION ALL
                SELECT 'daily_user_agg', org_id, date, user_id, %3$s FROM cube GROUP BY org_id, date, user_id
                UNION ALL
                SELECT 'daily_provider_agg', org_id, date, provider, %3$s FROM cube GROUP BY org_id, date, provider
                UNION ALL
                SELECT 'daily_model_agg', org_id, date, concat_ws(' / ', provider, model), %3$s
                FROM cube GROUP BY org_id, date, provider, model
            ), stored AS (
                SELECT 'daily_usage' AS name, org_id, date, concat_ws(' / ', %7$s) AS key, %4$s
                FROM daily_usage
                UNION ALL
                SELECT 'usage_hourly', org_id, date, concat_ws(' / ', hour, source, provider, model), %4$s
                FROM usage_hourly
                UNION ALL
                SELECT 'hourly_org_agg', org_id, date, hour::text, %4$s FROM hourly_org_agg
                UNION ALL
                SELECT 'daily_project_agg', org_id, date, project, %4$s FROM daily_project_agg
                UNION ALL
                SELECT 'daily_environment_agg', org_id, date, environment, %4$s FROM daily_environment_agg
                UNION ALL
                SELECT 'daily_org_agg', org_id, date, '', %4$s FROM daily_org_agg
                UNION ALL
                SELECT 'daily_user_agg', org_id, date, user_id, %4$s FROM daily_user_agg
                UNION ALL
                SELECT 'daily_provider_agg', org_id, date, provider, %4$s FROM daily_provider_agg
                UNION ALL
                SELECT 'daily_model_agg', org_id, date, concat_ws(' / ', provider, model), %4$s FROM daily_model_agg
            )
            SELECT name, org_id, date, key, %5$s
            FROM expected e
            FULL JOIN (SELECT * FROM stored
                       WHERE (?::text IS NULL OR org_id = ?) AND date BETWEEN ? AND ?) s
                USING (name, org_id, date, key)
            WHERE %6$s
            ORDER BY name, org_id, date, key""".formatted(
                    COUNTERS_OF_ROWS,
                    each(AMOUNTS, "sum(%1$s) AS %1$s", ", "),
                    each(COLUMNS, "sum(%1$s) AS %1$s", ", "),
                    each(COLUMNS, "%1$s", ", "),
                    each(COLUMNS, "e.%1$s, s.%1$s", ", "),
                    each(COLUMNS, "e.%1$s IS DISTINCT FROM s.%1$s", " OR "),
                    String.join(", ", CUBE_KEY));

    /**
     * The second entry of days that were sealed and not restated since, against their rows; what is returned differs. The
     * windows leave late events out. A day of which no row is left is none of its business: rows are kept 400 days.
     */
    private static final String CONTROL_DIFFERENCES = """
            WITH sealed AS MATERIALIZED (
                SELECT org_id, date FROM day_states
                WHERE state = 'sealed' AND rating_version = 1 AND (?::text IS NULL OR org_id = ?)
                  AND date BETWEEN ? AND ?
            ), expected AS (
                SELECT e.org_id, e.local_date AS date, user_id, project, provider, model, region, factor_set,
                       %1$s, %2$s
                FROM events_enriched e
                JOIN sealed d ON d.org_id = e.org_id AND d.date = e.local_date
                WHERE rating_version = 1 AND NOT late
                GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
            ), stored AS (
                SELECT c.org_id, c.date, user_id, project, provider, model, region, factor_set, %3$s
                FROM daily_control c
                JOIN sealed d ON d.org_id = c.org_id AND d.date = c.date
            )
            SELECT 'daily_control' AS name, org_id, date,
                   concat_ws(' / ', user_id, project, provider, model, region, factor_set) AS key, %4$s
            FROM expected e
            FULL JOIN stored s USING (org_id, date, user_id, project, provider, model, region, factor_set)
            WHERE %5$s
            ORDER BY org_id, date, key""".formatted(
                    COUNTERS_OF_ROWS,
                    each(AMOUNTS, "sum(%1$s) AS %1$s", ", "),
                    each(COLUMNS, "%1$s", ", "),
                    each(COLUMNS, "e.%1$s, s.%1$s", ", "),
                    each(COLUMNS, "e.%1$s IS DISTINCT FROM s.%1$s", " OR "));

    /** What {@link #amounts} reads: counters, then each figure's sum with how many rows have it. */
    private static final String SUMS =
            COUNTERS_OF_ROWS + ", " + each(AMOUNTS, "coalesce(sum(%1$s), 0), count(%1$s)", ", ");

    private static final String STORED =
            each(Arrays.stream(Counter.values()).map(Counter::column).toList(), "%s", ", ") + ", "
                    + each(AMOUNTS, "coalesce(%1$s, 0), num_nonnulls(%1$s)", ", ");

    private final Selection selection;
    private final Findings findings;
    private final Map<DayKey, DayRows> days = new TreeMap<>();
    private final Map<String, Boolean> differing = new HashMap<>();
    private final Set<DayKey> ratedAgain = new HashSet<>();

    /**
     * What the tables say about one day.
     *
     * @param inside rows that came from the looked-at part of events.raw
     * @param beyond rows that came from other offsets: written while the check runs, or older than events.raw is kept
     * @param waiting rows, of both kinds, that are in no total yet
     * @param stored the row of daily_org_agg
     */
    record DayRows(VerifiedAmounts inside, VerifiedAmounts beyond, VerifiedAmounts waiting, VerifiedAmounts stored) {
        static final DayRows NONE =
                new DayRows(VerifiedAmounts.NONE, VerifiedAmounts.NONE, VerifiedAmounts.NONE, VerifiedAmounts.NONE);
    }

    TableCheck(Selection selection, Findings findings) {
        this.selection = selection;
        this.findings = findings;
    }

    /**
     * Compares everything in one REPEATABLE READ transaction.
     *
     * @param ledger offsets that must have exactly one row each
     */
    void run(DatabaseAddress pipeline, OffsetSet ledger, Map<Integer, OffsetRange> ranges) throws SQLException {
        try (Connection connection = pipeline.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            compareRows(connection, ledger, ranges);
            sumRows(connection, ranges);
            readStored(connection);
            readRatedAgain(connection);
            compareTables(connection);
            compareControl(connection);
            connection.rollback();
        }
    }

    Map<DayKey, DayRows> days() {
        return days;
    }

    /** True when some table of that day is not the sum of its rows. */
    boolean differs(DayKey key) {
        return differing.containsKey(key.orgId() + "\n" + key.date());
    }

    /** True when a restatement has rated the day's rows under another set than the ledger says. */
    boolean isRatedAgain(DayKey key) {
        return ratedAgain.contains(key);
    }

    private void compareRows(Connection connection, OffsetSet ledger, Map<Integer, OffsetRange> ranges)
            throws SQLException {
        var seen = new OffsetSet(ranges);
        try (PreparedStatement query = connection.prepareStatement("SELECT raw_partition, raw_offset"
                + " FROM events_enriched WHERE (?::text IS NULL OR org_id = ?) AND local_date BETWEEN ? AND ?")) {
            query.setFetchSize(FETCH);
            select(query, 1);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    row(ledger, seen, rows.getInt(1), rows.getLong(2));
                }
            }
        }
        for (int partition : new TreeMap<>(ranges).keySet()) {
            ledger.forEachNotIn(
                    seen,
                    partition,
                    offset -> findings.add("events of the ledger without a row", partition + ":" + offset));
        }
    }

    private void row(OffsetSet ledger, OffsetSet seen, int partition, long offset) {
        if (!seen.covers(partition, offset)) {
            return;
        }
        if (!seen.add(partition, offset)) {
            findings.add("events with more than one row", partition + ":" + offset);
        } else if (!ledger.contains(partition, offset)) {
            findings.add("rows without an event in the ledger", partition + ":" + offset);
        }
    }

    private void sumRows(Connection connection, Map<Integer, OffsetRange> ranges) throws SQLException {
        List<Integer> partitions = new ArrayList<>();
        List<Long> begins = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        ranges.forEach((partition, range) -> {
            partitions.add(partition);
            begins.add(range.begin());
            ends.add(range.end());
        });
        try (PreparedStatement query = connection.prepareStatement("SELECT org_id, local_date,"
                + " coalesce(raw_offset >= r.first AND raw_offset < r.past, false), rating_version = 0, " + SUMS
                + " FROM events_enriched LEFT JOIN unnest(?::integer[], ?::bigint[], ?::bigint[])"
                + " AS r(part, first, past) ON r.part = raw_partition"
                + " WHERE (?::text IS NULL OR org_id = ?) AND local_date BETWEEN ? AND ?"
                + " GROUP BY 1, 2, 3, 4")) {
            query.setArray(1, connection.createArrayOf("integer", partitions.toArray()));
            query.setArray(2, connection.createArrayOf("bigint", begins.toArray()));
            query.setArray(3, connection.createArrayOf("bigint", ends.toArray()));
            select(query, 4);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    boolean inside = rows.getBoolean(3);
                    boolean waiting = rows.getBoolean(4);
                    VerifiedAmounts sum = amounts(rows, 5);
                    days.merge(
                            new DayKey(rows.getString(1), rows.getObject(2, LocalDate.class)),
                            new DayRows(
                                    inside ? sum : VerifiedAmounts.NONE,
                                    inside ? VerifiedAmounts.NONE : sum,
                                    waiting ? sum : VerifiedAmounts.NONE,
                                    VerifiedAmounts.NONE),
                            TableCheck::plus);
                }
            }
        }
    }

    private void readStored(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT org_id, date, " + STORED
                + " FROM daily_org_agg WHERE (?::text IS NULL OR org_id = ?) AND date BETWEEN ? AND ?")) {
            select(query, 1);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    days.merge(
                            new DayKey(rows.getString(1), rows.getObject(2, LocalDate.class)),
                            new DayRows(
                                    VerifiedAmounts.NONE, VerifiedAmounts.NONE, VerifiedAmounts.NONE, amounts(rows, 3)),
                            TableCheck::plus);
                }
            }
        }
    }

    private void readRatedAgain(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT DISTINCT org_id, date FROM rating_versions v"
                + " WHERE kind = 'rerate' AND (?::text IS NULL OR org_id = ?) AND date BETWEEN ? AND ?"
                // A rebuild rates as the ledger says.
                + " AND NOT EXISTS (SELECT FROM rating_versions r WHERE r.org_id = v.org_id AND r.date = v.date"
                + " AND r.kind = 'rebuild' AND r.version > v.version)")) {
            select(query, 1);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    ratedAgain.add(new DayKey(rows.getString(1), rows.getObject(2, LocalDate.class)));
                }
            }
        }
    }

    private void compareTables(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(DIFFERENCES)) {
            select(query, 1);
            select(query, 5);
            note(query);
        }
    }

    private void compareControl(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(CONTROL_DIFFERENCES)) {
            select(query, 1);
            note(query);
        }
    }

    private void note(PreparedStatement differences) throws SQLException {
        try (ResultSet rows = differences.executeQuery()) {
            while (rows.next()) {
                String key = rows.getString("key");
                findings.add(
                        rows.getString("name") + " is not the sum of its rows",
                        rows.getString("org_id") + " " + rows.getString("date") + (key.isEmpty() ? "" : " " + key)
                                + ": " + columns(rows));
                differing.put(rows.getString("org_id") + "\n" + rows.getString("date"), true);
            }
        }
    }

    private static String columns(ResultSet rows) throws SQLException {
        List<String> different = new ArrayList<>();
        for (int i = 0; i < COLUMNS.size(); i++) {
            BigDecimal expected = rows.getBigDecimal(5 + 2 * i);
            BigDecimal stored = rows.getBigDecimal(6 + 2 * i);
            boolean same = expected == null ? stored == null : stored != null && expected.compareTo(stored) == 0;
            if (!same) {
                different.add(COLUMNS.get(i) + " rows " + VerifiedAmounts.plain(expected) + ", table "
                        + VerifiedAmounts.plain(stored));
            }
        }
        return String.join("; ", different);
    }

    private static String each(List<String> columns, String form, String separator) {
        return columns.stream().map(form::formatted).collect(Collectors.joining(separator));
    }

    private void select(PreparedStatement query, int first) throws SQLException {
        query.setString(first, selection.orgId());
        query.setString(first + 1, selection.orgId());
        query.setObject(first + 2, selection.from() == null ? LocalDate.of(1900, 1, 1) : selection.from());
        query.setObject(first + 3, selection.to() == null ? LocalDate.of(9999, 1, 1) : selection.to());
    }

    private static VerifiedAmounts amounts(ResultSet rows, int first) throws SQLException {
        int place = first;
        var counters = new BigInteger[Counter.values().length];
        for (int i = 0; i < counters.length; i++) {
            counters[i] = whole(rows.getBigDecimal(place++), 0);
        }
        var nanos = new BigInteger[Figure.ALL.size()];
        var known = new long[nanos.length];
        for (Figure figure : Figure.ALL) {
            nanos[figure.index()] = whole(rows.getBigDecimal(place++), figure.scale());
            known[figure.index()] = rows.getLong(place++);
        }
        return new VerifiedAmounts(counters, nanos, known);
    }

    /** Nano-units from the columns' kWh, L and kg. */
    private static BigInteger whole(BigDecimal value, int decimals) {
        return value.movePointRight(decimals).toBigIntegerExact();
    }

    private static DayRows plus(DayRows a, DayRows b) {
        return new DayRows(
                a.inside().plus(b.inside()),
                a.beyond().plus(b.beyond()),
                a.waiting().plus(b.waiting()),
                a.stored().plus(b.stored()));
    }
}
