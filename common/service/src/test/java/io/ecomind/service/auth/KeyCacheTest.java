package io.ecomind.service.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How many callers wait for a database that takes its time. */
class KeyCacheTest {
    private static final KeyCacheLimits LIMITS = KeyCacheLimits.DEFAULT;

    private final FakeKeyStore store = new FakeKeyStore();
    private final AtomicLong nanos = new AtomicLong(1_000_000_000L);

    @Test
    void few_wait_for_keys_that_may_be_invented_and_keys_with_a_checksum_are_read_meanwhile() throws Exception {
        try (var database = new HangingDatabase()) {
            for (int i = 0; i < LIMITS.unproven(); i++) {
                database.ask("invented-" + i, false);
            }
            database.awaitWaiting(LIMITS.unproven());

            // Answered by this thread, which would not come back if it waited.
            assertThatThrownBy(() -> database.cache.find("invented", false))
                    .isInstanceOfSatisfying(
                            AppException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));

            String issued = issue();
            Future<Optional<StoredKey>> found = database.ask(issued, true);
            database.awaitWaiting(LIMITS.unproven() + 1);
            database.answer();
            assertThat(found.get(60, TimeUnit.SECONDS)).isPresent();
            assertThat(store.queries).hasSize(1);
        }
    }

    @Test
    void one_caller_at_a_time_asks_a_database_that_did_not_answer() throws Exception {
        try (var database = new HangingDatabase()) {
            store.fails = true;
            String known = issue();
            database.ask(known, true);
            database.awaitWaiting(1);
            database.answer();
            await().until(() -> !database.cache.databaseAnswers());
            store.fails = false;
            nanos.addAndGet(LIMITS.askAgainAfter().toNanos());

            Future<Optional<StoredKey>> probe = database.ask(known, true);
            database.awaitWaiting(1);
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() -> database.cache.find("other", true)).isInstanceOf(AppException.class);
            }
            database.answer();
            assertThat(probe.get(60, TimeUnit.SECONDS)).isPresent();
            assertThat(database.cache.databaseAnswers()).isTrue();
        }
    }

    /** A cache whose queries are answered when the test says so, and callers that wait for them. */
    private final class HangingDatabase implements AutoCloseable {
        private final Queue<Runnable> pending = new ConcurrentLinkedQueue<>();
        private final ExecutorService callers = Executors.newCachedThreadPool();
        private final KeyCache cache =
                new KeyCache(store, LIMITS.withAnswerWithin(Duration.ofMinutes(5)), nanos::get, pending::add);

        Future<Optional<StoredKey>> ask(String id, boolean proven) {
            return callers.submit(() -> cache.find(id, proven));
        }

        void awaitWaiting(int count) {
            await().until(() -> pending.size() == count);
        }

        void answer() {
            for (Runnable query = pending.poll(); query != null; query = pending.poll()) {
                query.run();
            }
        }

        @Override
        public void close() {
            answer();
            callers.shutdownNow();
        }
    }

    private String issue() {
        store.putUnusable("issued");
        return "issued";
    }
}
