package io.ecomind.jobs.rebuild;

import io.ecomind.contracts.Limits;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobDatabase;
import io.ecomind.store.AdvisoryLock;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the projection from Kafka: reads how far the topics go and rejects what would make the tables wrong, runs the
 * {@link RebuildJob}, then seals days. The live job may run all the while.
 *
 * <p>Until the job has ended the rebuild holds the advisory lock of seal_days, so that no day is sealed: a day that is
 * sealed with half of its rows would keep the other half out of its totals. It holds the lock of restatements for the
 * same reason. Both are locks of its session, so PostgreSQL releases them when a rebuild dies.
 */
public final class Rebuild {
    private static final int LOCK_WAIT_MINUTES = 10;
    private static final int MAX_NAMED = 10;
    private static final int MAX_DETAIL = 1_000;

    /** Of 50 days each; the live job seals the days that are left. */
    private static final int MAX_SEALING_ROUNDS = 1_000;

    private final JobConfig config;
    private final Supplier<StreamExecutionEnvironment> environments;

    /** @param environments a fresh environment for the job */
    public Rebuild(JobConfig config, Supplier<StreamExecutionEnvironment> environments) {
        this.config = config;
        this.environments = environments;
    }

    private record RebuildCounts(long eventsRead, long rowsAdded, long rejectionsAdded) {}

    /**
     * Runs to the end.
     *
     * @throws RebuildRefusedException when nothing was written, because the tables would not become right
     */
    public RebuildReport run(RebuildProgress progress) throws Exception {
        try (Connection connection = JobDatabase.open(config)) {
            execute(connection, "SET statement_timeout = '" + LOCK_WAIT_MINUTES + "min'");
            AdvisoryLock.RESTATEMENT.lock(connection);
            AdvisoryLock.SEAL_DAYS.lock(connection);
            execute(connection, "SET statement_timeout = 0");
            LedgerExtent extent = new ReadLedgerExtent(
                            config.kafka(), (done, all) -> progress.at(RebuildProgress.Phase.LOOKING, done, all))
                    .read();
            rejectUnknownOrganisations(connection, extent);
            rejectTotalsWithoutRows(connection, extent);
            List<OrgDay> truncated = truncatedDays(connection, extent);
            long id = begin(connection, extent);
            try {
                compute(connection, id, extent, progress);
                long sealed = sealDays(connection);
                number(connection, "SELECT record_rebuild(?)", id);
                RebuildCounts counts = counts(connection, id);
                var report = new RebuildReport(
                        id,
                        extent.records(),
                        extent.events(),
                        counts.rowsAdded(),
                        extent.rejections(),
                        counts.rejectionsAdded(),
                        sealed,
                        ratedAsLedger(connection, id),
                        truncated);
                finish(connection, id, "done", null);
                return report;
            } catch (Exception e) {
                fail(connection, id, e);
                throw e;
            }
        }
    }

    private void compute(Connection connection, long id, LedgerExtent extent, RebuildProgress progress)
            throws Exception {
        StreamExecutionEnvironment env = environments.get();
        var closed = new ClosedDays(
                wholeFrom(extent),
                extent.throughMillis(),
                config.horizon().plus(JobConfig.GRACE).toMillis());
        RebuildJob.build(env, config, id, extent, closed);
        JobClient job = env.executeAsync(RebuildJob.NAME);
        CompletableFuture<JobExecutionResult> result = job.getJobExecutionResult();
        boolean ended = false;
        try {
            while (!ended) {
                try {
                    result.get(1, TimeUnit.SECONDS);
                    ended = true;
                } catch (TimeoutException running) {
                    // Also finds out that the session, and with it the locks, are lost.
                    progress.at(
                            RebuildProgress.Phase.WRITING,
                            Math.min(counts(connection, id).eventsRead(), extent.events()),
                            extent.events());
                }
            }
        } catch (ExecutionException e) {
            ended = true;
            throw new IllegalStateException("the job failed: " + rootMessage(e), e.getCause());
        } finally {
            if (!ended) {
                job.cancel().get();
            }
        }
        progress.at(RebuildProgress.Phase.WRITING, extent.events(), extent.events());
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    /** An event may be received before its day begins, by a sender's fast clock, and written after a later one. */
    private static long wholeFrom(LedgerExtent extent) {
        long since = extent.heldSinceMillis();
        return since == Long.MIN_VALUE || since == Long.MAX_VALUE
                ? since
                : since + Limits.MAX_AHEAD.plus(JobConfig.GRACE).toMillis();
    }

    /** No organisation means no reader: nobody could ever query their rows. */
    private static void rejectUnknownOrganisations(Connection connection, LedgerExtent extent) throws SQLException {
        Set<String> unknown = new TreeSet<>();
        extent.dayStarts().keySet().forEach(day -> unknown.add(day.orgId()));
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id FROM orgs")) {
            while (row.next()) {
                unknown.remove(row.getString(1));
            }
        }
        if (!unknown.isEmpty()) {
            throw new RebuildRefusedException("the ledger has events of " + unknown.size()
                    + " organisations that the database does not have: " + named(unknown)
                    + "; restore the reference tables (orgs, org_time_zones, keys, factor sets) first");
        }
    }

    /**
     * Adding a row that is missing to a total that already counts it would count it twice. Tables of one moment, such as a
     * backup's or none at all, never disagree.
     */
    private static void rejectTotalsWithoutRows(Connection connection, LedgerExtent extent) throws SQLException {
        if (extent.dayStarts().isEmpty()) {
            return;
        }
        LocalDate first = extent.dayStarts().keySet().stream()
                .map(OrgDay::date)
                .min(LocalDate::compareTo)
                .orElseThrow();
        Set<String> differing = new TreeSet<>();
        // One statement sees one moment, so a live job's commits do not matter. A local day begins at most a day before
        // its date begins in UTC.
        try (PreparedStatement query = connection.prepareStatement("""
                WITH rows AS (
                    SELECT org_id, local_date AS date, count(*) AS calls FROM events_enriched
                    WHERE ts >= ?::date - INTERVAL '1 day' AND local_date >= ? AND rating_version > 0
                    GROUP BY 1, 2
                ), cube AS (
                    SELECT org_id, date, sum(call_count) AS calls FROM daily_usage WHERE date >= ? GROUP BY 1, 2
                ), totals AS (SELECT org_id, date, call_count AS calls FROM daily_org_agg WHERE date >= ?)
                SELECT org_id, date
                FROM rows FULL JOIN cube USING (org_id, date) FULL JOIN totals USING (org_id, date)
                WHERE coalesce(rows.calls, 0) <> coalesce(cube.calls, 0)
                   OR coalesce(rows.calls, 0) <> coalesce(totals.calls, 0)""")) {
            for (int place = 1; place <= 4; place++) {
                query.setDate(place, Date.valueOf(first));
            }
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    var day = new OrgDay(row.getString(1), row.getObject(2, LocalDate.class));
                    if (extent.dayStarts().containsKey(day)) {
                        differing.add(day.orgId() + " " + day.date());
                    }
                }
            }
        }
        if (!differing.isEmpty()) {
            throw new RebuildRefusedException("event rows and daily totals disagree on " + differing.size()
                    + " days of the ledger: " + named(differing)
                    + "; restore all projection tables from one backup, or empty all of them, first");
        }
    }

    private static String named(Set<String> names) {
        String first = String.join(", ", names.stream().limit(MAX_NAMED).toList());
        return names.size() > MAX_NAMED ? first + " and " + (names.size() - MAX_NAMED) + " more" : first;
    }

    /** Days that may miss events, unless they were whole before: sealed. */
    private static List<OrgDay> truncatedDays(Connection connection, LedgerExtent extent) throws SQLException {
        long whole = wholeFrom(extent);
        List<OrgDay> days = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT EXISTS (SELECT FROM day_states WHERE org_id = ? AND date = ? AND state = 'sealed')")) {
            for (var day : extent.dayStarts().entrySet()) {
                if (day.getValue() < whole) {
                    query.setString(1, day.getKey().orgId());
                    query.setObject(2, day.getKey().date());
                    try (ResultSet row = query.executeQuery()) {
                        if (row.next() && !row.getBoolean(1)) {
                            days.add(day.getKey());
                        }
                    }
                }
            }
        }
        return days;
    }

    private static long begin(Connection connection, LedgerExtent extent) throws SQLException {
        // Only a run that died can have left this state: a run that works holds the lock.
        execute(
                connection,
                "UPDATE rebuilds SET state = 'failed', finished_at = now(), detail = 'died' WHERE state = 'running'");
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO rebuilds (events, rejections) VALUES (?, ?) RETURNING id")) {
            insert.setLong(1, extent.events());
            insert.setLong(2, extent.rejections());
            try (ResultSet row = insert.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** This session holds the lock and may take it again. Returns how many states changed. */
    private long sealDays(Connection connection) throws SQLException {
        long sealed = 0;
        for (int round = 0; round < MAX_SEALING_ROUNDS; round++) {
            long changed = number(
                    connection,
                    "SELECT seal_days(make_interval(secs => ?::double precision))",
                    config.horizon().toSeconds());
            sealed += changed;
            if (changed == 0) {
                break;
            }
        }
        return sealed;
    }

    private static List<RebuildReport.RatedAsLedger> ratedAsLedger(Connection connection, long id) throws SQLException {
        List<RebuildReport.RatedAsLedger> days = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT v.org_id, v.date, v.version, last.factor_set
                FROM rating_versions v
                CROSS JOIN LATERAL (
                    SELECT o.kind, o.factor_set FROM rating_versions o
                    WHERE o.org_id = v.org_id AND o.date = v.date AND o.version < v.version AND o.kind <> 'late'
                    ORDER BY o.version DESC LIMIT 1) AS last
                WHERE v.kind = 'rebuild' AND v.restatement = ? AND last.kind = 'rerate'
                ORDER BY v.org_id, v.date""")) {
            query.setLong(1, id);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    days.add(new RebuildReport.RatedAsLedger(
                            new OrgDay(row.getString(1), row.getObject(2, LocalDate.class)),
                            row.getString(4),
                            row.getInt(3)));
                }
            }
        }
        return days;
    }

    private static RebuildCounts counts(Connection connection, long id) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT events_read, rows_added, rejections_added FROM rebuilds WHERE id = ?")) {
            query.setLong(1, id);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return new RebuildCounts(row.getLong(1), row.getLong(2), row.getLong(3));
            }
        }
    }

    private static void fail(Connection connection, long id, Exception cause) {
        try {
            finish(connection, id, "failed", String.valueOf(cause.getMessage()));
        } catch (SQLException e) {
            // The next run finds the state running and records that this one died.
            cause.addSuppressed(e);
        }
    }

    private static void finish(Connection connection, long id, String state, @Nullable String detail)
            throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE rebuilds SET state = ?, detail = ?, finished_at = now() WHERE id = ?")) {
            update.setString(1, state);
            update.setString(2, detail == null ? null : detail.substring(0, Math.min(detail.length(), MAX_DETAIL)));
            update.setLong(3, id);
            update.executeUpdate();
        }
    }

    private static long number(Connection connection, String query, long argument) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setLong(1, argument);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }
}
