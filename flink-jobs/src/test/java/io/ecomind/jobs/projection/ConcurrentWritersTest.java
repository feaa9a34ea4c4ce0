package io.ecomind.jobs.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.jobs.RawEvents;
import io.ecomind.jobs.restatement.RestatementRequest;
import io.ecomind.jobs.restatement.RestatementRunner;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobDatabase;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Several writers change the same rows while a day that some of them write to is restated. */
@Tag("integration")
@Tag("ci")
class ConcurrentWritersTest {
    private static final int WRITERS = 4;
    private static final int BATCHES = 500;
    private static final int EVENTS = 6;
    private static final int ALL = WRITERS * BATCHES * EVENTS;

    private final LocalDate sealed = LocalDate.now(ZoneOffset.UTC).minusDays(20);
    private final TestDatabase database = TestDatabase.get();
    private final String org = "writers-" + Long.toString(System.nanoTime(), 36);
    private final JobConfig config = JobConfig.of(
            "127.0.0.1:1",
            database.jdbcUrl(),
            "ecomind_pipeline",
            database.password().value());

    @BeforeEach
    void aSealedDay() throws Exception {
        database.addOrganisation(org, "enterprise", "UTC");
        Projected.project(database, event(WRITERS, 0, sealed, 0));
        try (Connection owner = database.owner().getConnection();
                Statement statement = owner.createStatement()) {
            statement.execute("UPDATE day_states SET state = 'sealed' WHERE org_id = '" + org + "'");
        }
    }

    @Test
    void writers_and_a_restatement_never_meet_in_a_deadlock_and_the_totals_are_exact() throws Exception {
        long before = number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
        var threads = Executors.newFixedThreadPool(WRITERS);
        int restated = 0;
        try {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                int number = writer;
                writers.add(threads.submit(() -> {
                    write(number);
                    return null;
                }));
            }
            var restatements = new RestatementRunner(config, () -> JobEnvironment.localBounded(1));
            var late = new RestatementRequest(null, org, null, null, "while others write");
            while (writers.stream().anyMatch(writer -> !writer.isDone())) {
                restated += restatements.run(late).days().size();
            }
            for (Future<?> writer : writers) {
                ended(writer);
            }
            restatements.run(late);
        } finally {
            threads.shutdownNow();
        }

        assertThat(restated).isPositive();
        // The counts of a connection are published when it ends or idles for a second.
        assertThat(number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
                .isEqualTo(before);
        assertThat(number("SELECT count(*) FROM events_enriched WHERE rating_version > 0 AND org_id = '" + org + "'"))
                .isEqualTo(ALL + 1);
        assertThat(number("SELECT sum(call_count) FROM daily_org_agg WHERE org_id = '" + org + "'"))
                .isEqualTo(ALL + 1);
        assertThat(number("SELECT count(*) FROM day_states AS d, day_differences(d.org_id, d.date, d.day_end)"
                        + " WHERE side = 'cube' AND d.org_id = '" + org + "'"))
                .isZero();
        for (String table : List.of("daily_user_agg", "daily_provider_agg", "daily_model_agg")) {
            assertThat(number("SELECT count(*) FROM (SELECT sum(call_count) AS calls, sum(kwh) AS kwh FROM " + table
                            + " WHERE org_id = '" + org + "' GROUP BY date EXCEPT SELECT call_count, kwh"
                            + " FROM daily_org_agg WHERE org_id = '" + org + "') AS other"))
                    .as(table)
                    .isZero();
        }
    }

    private static void ended(Future<?> writer) throws Exception {
        try {
            writer.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a writer failed", e.getCause());
        }
    }

    /** Users, models and days in an order that differs from writer to writer and from batch to batch. */
    private void write(int writer) throws Exception {
        var random = new Random(writer);
        try (Connection connection = JobDatabase.openForTransactions(config, "ecomind-projection")) {
            for (int i = 0; i < BATCHES; i++) {
                var batch = new ProjectionBatch();
                for (int j = 0; j < EVENTS; j++) {
                    int offset = i * EVENTS + j;
                    LocalDate day = random.nextInt(3) == 0
                            ? sealed
                            : LocalDate.now(ZoneOffset.UTC).minusDays(random.nextInt(2));
                    batch.add(new LedgerEntry(
                            writer,
                            offset,
                            LedgerEntry.NO_HEARTBEAT,
                            event(writer, offset, day, random.nextInt(8)).build()));
                }
                batch.commit(connection);
            }
        }
    }

    private EnrichedEvent.Builder event(int writer, int offset, LocalDate day, int name) {
        long noon = day.atTime(12, 0).toEpochSecond(ZoneOffset.UTC) * 1_000_000;
        return EnrichedEvent.newBuilder()
                .setEvent(RawEvents.event(org, "w" + writer + "-" + offset, noon)
                        .setUserId("user-" + name)
                        .setModel("model-" + name % 3))
                .setRawPartition(writer)
                .setRawOffset(offset)
                .setLate(day.equals(sealed))
                .setLocalEpochDay(Math.toIntExact(day.toEpochDay()))
                .setDayStartMillis(day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli())
                .setDayEndMillis(
                        day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli())
                .setFootprint(Footprints.flat(1 + offset));
    }

    private long number(String query) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }
}
