package io.ecomind.jobs.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.jobs.RawEvents;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobDatabase;
import io.ecomind.testkit.TestDatabase;
import java.sql.Connection;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What an organisation with nine tenths of the traffic, spread over all partitions, costs the projection and the others.
 * Only when asked for ({@code -Decomind.bench=true}); the figures stand in RATIONALE.md.
 */
@EnabledIfSystemProperty(named = "ecomind.bench", matches = "true")
class HotOrganisationBench {
    private static final int ORGANISATIONS = 40;
    private static final int USERS = 200;
    private static final int MODELS = 8;

    private final LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(1);
    private final TestDatabase database = TestDatabase.get();
    private final JobConfig config = JobConfig.of(
            "127.0.0.1:1",
            database.jdbcUrl(),
            "ecomind_pipeline",
            database.password().value());

    /** Whose events a writer has. */
    private enum WriterLoad {
        /** Each writer an organisation of its own: no row is shared. */
        APART,
        /** All writers one organisation, with as many rows of the cube. */
        TOGETHER,
        /** Nine tenths of one organisation, the rest of forty. */
        HOT
    }

    /** Milliseconds of each commit and seconds of all. */
    private record Run(List<Double> commits, double seconds, long events) {
        double quantile(double part) {
            return commits.stream().sorted().toList().get((int) (part * (commits.size() - 1)));
        }
    }

    @Test
    void one_hot_organisation_against_many() throws Exception {
        run("warm-up", 2, 20, 1_000, 0, WriterLoad.HOT);
        for (WriterLoad load : List.of(WriterLoad.APART, WriterLoad.TOGETHER, WriterLoad.HOT)) {
            print("as fast as it goes", 4, load, run("full" + load, 4, 12, 5_000, 0, load));
        }
        for (WriterLoad load : List.of(WriterLoad.APART, WriterLoad.TOGETHER, WriterLoad.HOT)) {
            print("2,000 a second", 4, load, run("paced" + load, 4, 20, 250, 500, load));
        }
    }

    private static void print(String what, int writers, WriterLoad load, Run run) {
        System.out.printf(
                Locale.ROOT,
                "BENCH %-20s %d writers %-8s %,8.0f events/s, commit median %6.1f ms, p95 %6.1f ms, max %6.1f ms%n",
                what,
                writers,
                load,
                run.events() / run.seconds(),
                run.quantile(0.5),
                run.quantile(0.95),
                run.quantile(1));
    }

    /** @param everyMillis from one batch of a writer to its next; 0: at once */
    private Run run(String name, int writers, int batches, int events, long everyMillis, WriterLoad load)
            throws Exception {
        String prefix = "bench-" + name.toLowerCase(Locale.ROOT) + "-" + Long.toString(System.nanoTime(), 36) + "-";
        var threads = Executors.newFixedThreadPool(writers);
        try {
            List<Callable<List<Double>>> work = new ArrayList<>();
            for (int writer = 0; writer < writers; writer++) {
                int number = writer;
                work.add(() -> write(prefix, number, batches, events, everyMillis, load));
            }
            long begin = System.nanoTime();
            List<Double> commits = new ArrayList<>();
            for (var done : threads.invokeAll(work)) {
                commits.addAll(done.get());
            }
            assertThat(commits).hasSize(writers * batches);
            return new Run(commits, (System.nanoTime() - begin) / 1e9, (long) writers * batches * events);
        } finally {
            threads.shutdownNow();
        }
    }

    private List<Double> write(String prefix, int writer, int batches, int events, long everyMillis, WriterLoad load)
            throws Exception {
        var random = new Random(writer);
        List<Double> commits = new ArrayList<>();
        try (Connection connection = JobDatabase.openForTransactions(config, "ecomind-projection")) {
            long due = System.nanoTime() + everyMillis * 1_000_000L * writer / 4;
            for (int i = 0; i < batches; i++) {
                var batch = new ProjectionBatch();
                for (int j = 0; j < events; j++) {
                    int offset = i * events + j;
                    int org = switch (load) {
                        case APART -> writer;
                        case TOGETHER -> 0;
                        case HOT -> random.nextInt(10) > 0 ? 0 : random.nextInt(ORGANISATIONS);
                    };
                    batch.add(new LedgerEntry(
                            writer,
                            offset,
                            LedgerEntry.NO_HEARTBEAT,
                            event(prefix + org, writer, offset, random).build()));
                }
                for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                long begin = System.nanoTime();
                batch.commit(connection);
                commits.add((System.nanoTime() - (everyMillis == 0 ? begin : due)) / 1e6);
                due += everyMillis * 1_000_000L;
            }
        }
        return commits;
    }

    private EnrichedEvent.Builder event(String org, int writer, int offset, Random random) {
        long noon = day.atTime(12, 0).toEpochSecond(ZoneOffset.UTC) * 1_000_000;
        return EnrichedEvent.newBuilder()
                .setEvent(RawEvents.event(org, "w" + writer + "-" + offset, noon)
                        .setUserId("user-" + random.nextInt(USERS))
                        .setModel("model-" + random.nextInt(MODELS)))
                .setRawPartition(writer)
                .setRawOffset(offset)
                .setLocalEpochDay(Math.toIntExact(day.toEpochDay()))
                .setDayStartMillis(day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli())
                .setDayEndMillis(
                        day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli())
                .setFootprint(Footprints.parametric());
    }
}
