package io.ecomind.jobs.restatement;

import io.ecomind.jobs.restatement.RestatementResult.DayOutcome;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobDatabase;
import io.ecomind.store.AdvisoryLock;
import io.ecomind.store.SqlStates;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries restatements out: chooses the days, lets {@link RestatementJob} compute them and applies each day in a
 * transaction of its own, by the database's function {@code restate_day}. Thread-safe.
 *
 * <p>One run at a time holds an advisory lock of the database. Should two runs meet all the same, the compare-and-set on
 * the day's version lets one succeed. A run that dies leaves days as they were; the next one clears its stage and
 * carries out its request again.
 */
public final class RestatementRunner {
    private static final Logger log = LoggerFactory.getLogger(RestatementRunner.class);

    /** Days that one job computes; more are done by one job after the other. */
    private static final int MAX_DAYS = 200;

    private static final int MAX_REQUESTS = 20;
    private static final int LOCK_WAIT_MINUTES = 10;
    private static final int MAX_DETAIL = 1_000;
    private static final int VALIDITY_SECONDS = 5;

    private final JobConfig config;
    private final Supplier<StreamExecutionEnvironment> environments;

    /** @param environments a fresh environment for each job, whose execute waits for the job's end */
    public RestatementRunner(JobConfig config, Supplier<StreamExecutionEnvironment> environments) {
        this.config = config;
        this.environments = environments;
    }

    /** The days that a request affects. */
    private record AffectedDays(List<SealedDay> ready, List<RestatementResult.RestatedDay> notSealed) {
        boolean isEmpty() {
            return ready.isEmpty() && notSealed.isEmpty();
        }
    }

    private record StoredRequest(long id, RestatementRequest request) {}

    /**
     * Does one request now, after other runs have ended.
     *
     * @throws UnknownFactorSetException when there is no such factor set
     */
    public RestatementResult run(RestatementRequest request) throws Exception {
        try (Connection connection = JobDatabase.open(config)) {
            execute(connection, "SET statement_timeout = '" + LOCK_WAIT_MINUTES + "min'");
            AdvisoryLock.RESTATEMENT.lock(connection);
            execute(connection, "SET statement_timeout = 0");
            recover(connection);
            if (request.factorSet() != null && !isStored(connection, request.factorSet())) {
                throw new UnknownFactorSetException(request.factorSet());
            }
            AffectedDays found = find(connection, request, false);
            if (found.isEmpty()) {
                return new RestatementResult(0, List.of());
            }
            return carryOut(connection, new StoredRequest(insert(connection, request), request), found);
        }
    }

    /** Carries out the requests, then restates the days that late rows have marked; nothing while another run holds the lock. */
    public List<RestatementResult> drain() throws Exception {
        List<RestatementResult> done = new ArrayList<>();
        try (Connection connection = JobDatabase.open(config)) {
            if (!AdvisoryLock.RESTATEMENT.tryLock(connection)) {
                return done;
            }
            recover(connection);
            for (StoredRequest stored : unfinished(connection)) {
                done.add(carryOut(connection, stored, find(connection, stored.request(), false)));
            }
            AffectedDays late = find(connection, RestatementRequest.LATE, true);
            if (!late.ready().isEmpty()) {
                long id = insert(connection, RestatementRequest.LATE);
                done.add(carryOut(connection, new StoredRequest(id, RestatementRequest.LATE), late));
            }
        }
        return done;
    }

    private RestatementResult carryOut(Connection connection, StoredRequest stored, AffectedDays found)
            throws Exception {
        List<RestatementResult.RestatedDay> days = new ArrayList<>(found.notSealed());
        try {
            if (!found.ready().isEmpty()) {
                finish(connection, stored.id(), "running", null);
            }
            for (int begin = 0; begin < found.ready().size(); begin += MAX_DAYS) {
                List<SealedDay> part =
                        found.ready().subList(begin, Math.min(found.ready().size(), begin + MAX_DAYS));
                compute(stored, List.copyOf(part));
                for (SealedDay day : part) {
                    days.add(apply(connection, stored.id(), day));
                }
                clearStage(connection);
            }
        } catch (Exception e) {
            fail(connection, stored.id(), e);
            throw e;
        }
        var result = new RestatementResult(stored.id(), days);
        // What came late stays marked at its day, so only a rerating has to wait by itself.
        boolean waits = stored.request().factorSet() != null
                && days.stream()
                        .anyMatch(
                                day -> day.outcome() != DayOutcome.RESTATED && day.outcome() != DayOutcome.INCOMPLETE);
        finish(connection, stored.id(), waits ? "waiting" : "done", detail(result));
        return result;
    }

    /** Runs the job to its end. */
    private void compute(StoredRequest stored, List<SealedDay> days) throws Exception {
        StreamExecutionEnvironment env = environments.get();
        RestatementJob.build(env, config, stored.id(), stored.request().factorSet(), days);
        env.execute(RestatementJob.NAME);
    }

    private static RestatementResult.RestatedDay apply(Connection connection, long restatement, SealedDay day)
            throws SQLException {
        DayOutcome outcome;
        try (PreparedStatement restate = connection.prepareStatement("SELECT restate_day(?, ?, ?, ?)")) {
            restate.setLong(1, restatement);
            restate.setString(2, day.orgId());
            restate.setObject(3, day.date());
            restate.setInt(4, day.version());
            try (ResultSet row = restate.executeQuery()) {
                row.next();
                outcome = DayOutcome.valueOf(row.getString(1).toUpperCase(Locale.ROOT));
            }
        } catch (SQLException e) {
            // A session that still answers has rolled the statement back. A lost session has lost the lock too, and its
            // statement may have been committed: the next run reads the day's version again.
            if (!SqlStates.isTransient(e) || !connection.isValid(VALIDITY_SECONDS)) {
                throw e;
            }
            outcome = DayOutcome.CHANGED;
        }
        if (outcome != DayOutcome.RESTATED) {
            log.atWarn()
                    .addKeyValue("organisation", day.orgId())
                    .addKeyValue("date", day.date())
                    .addKeyValue("outcome", outcome)
                    .log("a day was not restated");
            return new RestatementResult.RestatedDay(day.orgId(), day.date(), outcome, day.version(), null, null);
        }
        return restated(connection, day.orgId(), day.date(), day.version() + 1);
    }

    private static RestatementResult.RestatedDay restated(
            Connection connection, String orgId, LocalDate date, int version) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT (t ->> 'call_count')::bigint, (t ->> 'kwh')::numeric, (t ->> 'water_l')::numeric,
                       (t ->> 'co2_kg')::numeric
                FROM rating_versions, unnest(ARRAY[old_totals, new_totals]) WITH ORDINALITY AS totals(t, place)
                WHERE org_id = ? AND date = ? AND version = ?
                ORDER BY place""")) {
            query.setString(1, orgId);
            query.setObject(2, date);
            query.setInt(3, version);
            try (ResultSet row = query.executeQuery()) {
                RestatementResult.DayTotals before = totals(row);
                return new RestatementResult.RestatedDay(
                        orgId, date, DayOutcome.RESTATED, version, before, totals(row));
            }
        }
    }

    private static RestatementResult.DayTotals totals(ResultSet row) throws SQLException {
        row.next();
        return new RestatementResult.DayTotals(
                row.getLong(1), row.getBigDecimal(2), row.getBigDecimal(3), row.getBigDecimal(4));
    }

    /**
     * The days of the request's range that have late rows or, for a rerating, anything that the set has not rated.
     *
     * @param automatic without days that were found incomplete before, which would only be tried in vain
     */
    private static AffectedDays find(Connection connection, RestatementRequest request, boolean automatic)
            throws SQLException {
        List<SealedDay> ready = new ArrayList<>();
        List<RestatementResult.RestatedDay> notSealed = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT org_id, date, day_end::text, rating_version, state = 'sealed'
                FROM day_states AS d
                WHERE (?::text IS NULL OR org_id = ?) AND date BETWEEN ? AND ?
                  AND NOT (? AND detail IS NOT NULL)
                  AND (needs_restatement
                       OR ?::text IS NOT NULL
                          AND (state <> 'sealed'
                               OR EXISTS (SELECT FROM daily_usage AS u
                                          WHERE u.org_id = d.org_id AND u.date = d.date
                                            AND u.factor_set <> ? AND NOT starts_with(u.factor_set, ? || '+'))))
                ORDER BY org_id, date""")) {
            query.setString(1, request.orgId());
            query.setString(2, request.orgId());
            query.setObject(3, request.from() == null ? LocalDate.of(1900, 1, 1) : request.from());
            query.setObject(4, request.to() == null ? LocalDate.of(9999, 1, 1) : request.to());
            query.setBoolean(5, automatic);
            query.setString(6, request.factorSet());
            query.setString(7, request.factorSet());
            query.setString(8, request.factorSet());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    String org = row.getString(1);
                    LocalDate date = row.getObject(2, LocalDate.class);
                    int version = row.getInt(4);
                    if (row.getBoolean(5)) {
                        ready.add(new SealedDay(org, date, row.getString(3), version));
                    } else {
                        notSealed.add(new RestatementResult.RestatedDay(
                                org, date, DayOutcome.NOT_SEALED, version, null, null));
                    }
                }
            }
        }
        return new AffectedDays(ready, notSealed);
    }

    /** Stores the request; a range that is left open is what there is today, or it would never be done. */
    private static long insert(Connection connection, RestatementRequest request) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO restatements (org_id, from_date, to_date, kind, factor_set, reason)
                SELECT ?, coalesce(?, min(date)), coalesce(?, max(date)), ?, ?, ?
                FROM day_states WHERE ?::text IS NULL OR org_id = ?
                RETURNING id""")) {
            insert.setString(1, request.orgId());
            insert.setObject(2, request.from());
            insert.setObject(3, request.to());
            insert.setString(4, request.kind());
            insert.setString(5, request.factorSet());
            insert.setString(6, request.reason());
            insert.setString(7, request.orgId());
            insert.setString(8, request.orgId());
            try (ResultSet row = insert.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private static List<StoredRequest> unfinished(Connection connection) throws SQLException {
        List<StoredRequest> found = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("""
                        SELECT id, factor_set, org_id, from_date, to_date, reason FROM restatements
                        WHERE state IN ('requested', 'waiting')
                        ORDER BY id LIMIT %d""".formatted(MAX_REQUESTS));
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                found.add(new StoredRequest(
                        row.getLong("id"),
                        new RestatementRequest(
                                row.getString("factor_set"),
                                row.getString("org_id"),
                                row.getObject("from_date", LocalDate.class),
                                row.getObject("to_date", LocalDate.class),
                                row.getString("reason"))));
            }
        }
        return found;
    }

    /** Clears what a run that died has left behind; no other run is possible while the lock is held. */
    private static void recover(Connection connection) throws SQLException {
        clearStage(connection);
        execute(connection, "UPDATE restatements SET state = 'requested' WHERE state = 'running'");
    }

    private static void clearStage(Connection connection) throws SQLException {
        execute(connection, "DELETE FROM restatement_totals");
        execute(connection, "DELETE FROM restatement_rows");
    }

    private static void fail(Connection connection, long id, Exception cause) {
        try {
            finish(connection, id, "failed", String.valueOf(cause.getMessage()));
            clearStage(connection);
        } catch (SQLException e) {
            // The next run finds the state running and carries out the request again.
            cause.addSuppressed(e);
        }
    }

    private static void finish(Connection connection, long id, String state, @Nullable String detail)
            throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE restatements
                SET state = ?, detail = ?, finished_at = CASE WHEN ? IN ('done', 'failed') THEN now() END
                WHERE id = ?""")) {
            update.setString(1, state);
            update.setString(2, detail == null ? null : detail.substring(0, Math.min(detail.length(), MAX_DETAIL)));
            update.setString(3, state);
            update.setLong(4, id);
            update.executeUpdate();
        }
    }

    private static String detail(RestatementResult restatement) {
        List<String> counts = new ArrayList<>();
        for (DayOutcome outcome : DayOutcome.values()) {
            long count = restatement.count(outcome);
            if (count > 0) {
                counts.add(count + " " + outcome.name().toLowerCase(Locale.ROOT).replace('_', ' '));
            }
        }
        return counts.isEmpty() ? "no day to restate" : "days: " + String.join(", ", counts);
    }

    private static boolean isStored(Connection connection, String factorSet) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement("SELECT EXISTS (SELECT FROM factor_sets WHERE id = ?)")) {
            query.setString(1, factorSet);
            try (ResultSet row = query.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }
}
