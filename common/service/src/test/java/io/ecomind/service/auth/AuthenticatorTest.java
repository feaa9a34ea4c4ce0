package io.ecomind.service.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.Secret;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Permission;
import io.ecomind.service.AppException;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** What becomes of keys when they are forged, revoked, unknown or expire, and when the database is away. */
class AuthenticatorTest {
    private static final KeyCacheLimits LIMITS = KeyCacheLimits.DEFAULT;
    private static final String PEPPER = "v2:new,v1:old";
    private static final KeyPeppers PEPPERS = KeyPeppers.parse(new Secret(PEPPER));
    private static final KeyPeppers OLD = KeyPeppers.parse(new Secret("old"));

    private final FakeKeyStore store = new FakeKeyStore();
    private final FakeClock clock = new FakeClock();
    private final SecureRandom random = new SecureRandom();
    private final Authenticator keys = authenticator(LIMITS);

    @Test
    void a_key_that_was_issued_is_let_through_and_read_once() {
        ApiKey key = issue(PEPPERS);

        for (int i = 0; i < 100; i++) {
            assertThat(use(key).keyId()).isEqualTo(key.id());
        }

        assertThat(store.queries).hasSize(1);
    }

    @Test
    void a_forged_key_is_refused_without_a_query() {
        ApiKey real = issue(PEPPERS);
        use(real);
        int before = store.queries.size();
        String forged = real.text().value().replaceAll(".{8}$", "AAAAAAAA");

        assertRefused("Bearer " + forged);
        assertRefused("Bearer "
                + ApiKey.generate(random, "live", KeyPeppers.parse(new Secret("guess")))
                        .text()
                        .value());
        assertRefused("Bearer nonsense");

        assertThat(store.queries).hasSize(before);
        assertThat(refusals()).containsEntry("checksum", 2.0).containsEntry("form", 1.0);
    }

    @Test
    void a_key_with_the_id_of_another_is_refused() {
        ApiKey real = firstForm();
        store.put(real, OLD, 1);
        use(real);
        String text = real.text().value();

        assertRefused("Bearer " + text.substring(0, text.length() - 1) + (text.endsWith("a") ? "b" : "a"));
    }

    @Test
    void a_key_of_the_first_form_is_valid_while_its_pepper_is_known() {
        ApiKey old = firstForm();
        store.put(old, OLD, 1);

        assertThat(use(old).keyId()).isEqualTo(old.id());
        var later = new Authenticator(
                store, KeyPeppers.parse(new Secret("v2:new")), LIMITS, clock, clock::nanos, Runnable::run);
        assertThatThrownBy(() -> later.authenticate(bearer(old), Permission.USAGE_READ))
                .isInstanceOfSatisfying(
                        AppException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
    }

    @Test
    void keys_of_both_peppers_are_valid_while_one_replaces_the_other() {
        ApiKey before = ApiKey.generate(random, "live", OLD);
        store.put(before, OLD, 1);
        ApiKey after = issue(PEPPERS);

        assertThat(use(before).keyId()).isEqualTo(before.id());
        assertThat(use(after).keyId()).isEqualTo(after.id());
    }

    @Test
    void a_revocation_is_noticed_with_the_next_refresh_without_a_query_of_the_request() {
        ApiKey key = issue(PEPPERS);
        use(key);
        store.revoke(key);
        clock.pass(LIMITS.refreshEvery());
        keys.refresh();
        int queries = store.queries.size();

        assertRefused(bearer(key));
        assertThat(store.queries).hasSize(queries);
        assertThat(LIMITS.maxAge()).isLessThanOrEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void a_row_that_nothing_has_refreshed_is_too_old_after_five_seconds() {
        ApiKey key = issue(PEPPERS);
        use(key);
        store.revoke(key);
        clock.pass(LIMITS.maxAge().plusMillis(1));

        assertRefused(bearer(key));
    }

    @Test
    void one_query_refreshes_all_keys_in_use_and_none_that_are_not() {
        List<ApiKey> used = List.of(issue(PEPPERS), issue(PEPPERS), issue(PEPPERS));
        ApiKey idle = issue(PEPPERS);
        use(idle);
        clock.pass(LIMITS.inUse().plusMillis(1));
        used.forEach(this::use);
        store.queries.clear();

        keys.refresh();

        assertThat(store.queries).hasSize(1);
        assertThat(store.queries.get(0))
                .containsExactlyInAnyOrderElementsOf(
                        used.stream().map(ApiKey::id).toList());
    }

    @Test
    void a_key_that_is_deleted_is_refused() {
        ApiKey key = issue(PEPPERS);
        use(key);
        store.remove(key);
        keys.refresh();

        assertRefused(bearer(key));
    }

    @Test
    void a_key_ends_at_its_moment_whatever_is_kept_of_it() {
        ApiKey key = ApiKey.generate(random, "live", PEPPERS);
        store.put(key, PEPPERS, 2, false, clock.instant().plusSeconds(2));

        assertThat(use(key).keyId()).isEqualTo(key.id());
        clock.pass(Duration.ofSeconds(2));
        assertRefused(bearer(key));
        assertThat(store.queries).hasSize(1);
    }

    @Test
    void ids_without_a_row_are_remembered_and_bounded_apart_from_the_rows() {
        ApiKey real = issue(PEPPERS);
        use(real);
        ApiKey unknown = firstForm();
        assertRefused(bearer(unknown));
        int queries = store.queries.size();
        assertRefused(bearer(unknown));
        assertThat(store.queries).hasSize(queries);

        for (int i = 0; i < LIMITS.unknownEntries() + 500; i++) {
            assertRefused(bearer(firstForm()));
        }

        assertThat(keys.keys().unknownSize()).isLessThanOrEqualTo(LIMITS.unknownEntries());
        store.fails = true;
        clock.pass(LIMITS.maxAge().plusMillis(1));
        assertThat(use(real).keyId()).isEqualTo(real.id());
    }

    @Test
    void a_key_that_is_made_after_it_was_asked_for_is_found_when_the_memory_of_it_ends() {
        ApiKey key = firstForm();
        assertRefused(bearer(key));
        store.put(key, OLD, 1);
        clock.pass(LIMITS.refreshEvery().plusMillis(1));

        assertThat(use(key).keyId()).isEqualTo(key.id());
    }

    @Test
    void rows_are_bounded() {
        Authenticator small = authenticator(new KeyCacheLimits(
                10,
                10,
                10,
                LIMITS.unproven(),
                LIMITS.refreshEvery(),
                LIMITS.maxAge(),
                LIMITS.inUse(),
                LIMITS.withoutDatabase(),
                LIMITS.answerWithin(),
                LIMITS.askAgainAfter()));
        for (int i = 0; i < 100; i++) {
            small.authenticate(bearer(issue(PEPPERS)), Permission.USAGE_READ);
        }

        assertThat(small.keys().size()).isLessThanOrEqualTo(10);
    }

    @Test
    void without_the_database_the_last_row_counts_for_fifteen_minutes_and_then_nothing_does() {
        ApiKey key = issue(PEPPERS);
        use(key);
        store.fails = true;
        clock.pass(LIMITS.refreshEvery());
        keys.refresh();
        int queries = store.queries.size();
        clock.pass(LIMITS.withoutDatabase().minus(LIMITS.refreshEvery()).minusSeconds(1));

        assertThat(use(key).keyId()).isEqualTo(key.id());
        // Nobody waits for a database that does not answer.
        assertThat(store.queries).hasSize(queries);
        assertThat(gauge("ecomind_api_key_database_up")).isZero();
        assertThat(counter("ecomind_api_keys_stale")).isEqualTo(1);

        clock.pass(Duration.ofSeconds(2));
        assertUnavailable(key);
        assertUnavailable(issue(PEPPERS));
    }

    @Test
    void an_outage_ends_with_the_first_query_that_is_answered() {
        ApiKey key = issue(PEPPERS);
        use(key);
        store.fails = true;
        keys.refresh();
        store.fails = false;
        clock.pass(LIMITS.refreshEvery());
        keys.refresh();

        assertThat(gauge("ecomind_api_key_database_up")).isEqualTo(1);
        assertThat(use(issue(PEPPERS)).orgId()).isEqualTo("org");
    }

    @Test
    void during_an_outage_a_wrong_secret_of_a_known_id_looks_like_an_unknown_id() {
        ApiKey real = firstForm();
        store.put(real, OLD, 1);
        use(real);
        String text = real.text().value();
        ApiKey wrong = Objects.requireNonNull(
                ApiKey.parse(text.substring(0, text.length() - 1) + (text.endsWith("a") ? "b" : "a")));
        assertRefused(bearer(wrong));

        store.fails = true;
        keys.refresh();

        assertUnavailable(wrong);
        assertUnavailable(firstForm());
        assertThat(use(real).keyId()).isEqualTo(real.id());
    }

    @Test
    void during_an_outage_unknown_keys_ask_once_in_a_while() {
        store.fails = true;
        for (int i = 0; i < 50; i++) {
            assertUnavailable(issue(PEPPERS));
        }
        assertThat(store.queries).hasSize(1);

        clock.pass(LIMITS.askAgainAfter());
        assertUnavailable(issue(PEPPERS));
        assertThat(store.queries).hasSize(2);
    }

    @Test
    void those_that_wait_at_one_moment_are_read_with_one_query() {
        List<Runnable> pending = new ArrayList<>();
        var cache = new KeyCache(store, impatient(), clock::nanos, pending::add);
        ApiKey first = issue(PEPPERS);
        ApiKey second = issue(PEPPERS);
        // Neither is answered in time, because the thread that reads is busy; both wait for it.
        assertThatThrownBy(() -> cache.find(first.id(), true)).isInstanceOf(AppException.class);
        clock.pass(LIMITS.askAgainAfter());
        assertThatThrownBy(() -> cache.find(second.id(), true)).isInstanceOf(AppException.class);

        pending.forEach(Runnable::run);

        assertThat(store.queries).hasSize(1);
        assertThat(store.queries.get(0)).containsExactlyInAnyOrder(first.id(), second.id());
        assertThat(cache.find(second.id(), true)).isPresent();
        assertThat(cache.databaseAnswers()).isTrue();
    }

    private static KeyCacheLimits impatient() {
        return LIMITS.withAnswerWithin(Duration.ofNanos(1));
    }

    private Authenticator authenticator(KeyCacheLimits limits) {
        Executor here = Runnable::run;
        return new Authenticator(store, PEPPERS, limits, clock, clock::nanos, here);
    }

    private MachineKey use(ApiKey key) {
        return keys.authenticate(bearer(key), Permission.USAGE_READ);
    }

    private void assertRefused(String authorization) {
        assertThatThrownBy(() -> keys.authenticate(authorization, Permission.USAGE_READ))
                .isInstanceOfSatisfying(AppException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED);
                    assertThat(e).hasMessage("the API key is not valid");
                });
    }

    private void assertUnavailable(ApiKey key) {
        assertThatThrownBy(() -> use(key)).isInstanceOfSatisfying(AppException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(e.retryAfter()).isNotNull();
        });
    }

    private ApiKey issue(KeyPeppers peppers) {
        ApiKey key = ApiKey.generate(random, "live", peppers);
        store.put(key, peppers, peppers.newest().version());
        return key;
    }

    private ApiKey firstForm() {
        String text = ApiKey.generate(random, "live", PEPPERS).text().value();
        ApiKey key = ApiKey.parse("eco_" + text.substring(9, 25) + "_" + text.substring(26, 66));
        assertThat(key).isNotNull();
        return key;
    }

    private static String bearer(ApiKey key) {
        return "Bearer " + key.text().value();
    }

    private Map<String, Double> refusals() {
        var metrics = new PrometheusRegistry();
        keys.register(metrics);
        Map<String, Double> counts = new HashMap<>();
        metrics.scrape().stream()
                .filter(metric -> metric.getMetadata().getName().equals("ecomind_api_keys_refused"))
                .map(CounterSnapshot.class::cast)
                .forEach(metric -> metric.getDataPoints()
                        .forEach(point -> counts.put(point.getLabels().get("reason"), point.getValue())));
        return counts;
    }

    private double counter(String name) {
        var metrics = new PrometheusRegistry();
        keys.register(metrics);
        return metrics.scrape().stream()
                .filter(metric -> metric.getMetadata().getName().equals(name))
                .mapToDouble(metric ->
                        ((CounterSnapshot) metric).getDataPoints().get(0).getValue())
                .sum();
    }

    private double gauge(String name) {
        var metrics = new PrometheusRegistry();
        keys.register(metrics);
        return metrics.scrape().stream()
                .filter(metric -> metric.getMetadata().getName().equals(name))
                .mapToDouble(metric ->
                        ((GaugeSnapshot) metric).getDataPoints().get(0).getValue())
                .sum();
    }

    private static final class FakeClock extends Clock {
        private long nanos = 1_000_000_000L;

        void pass(Duration time) {
            nanos += time.toNanos();
        }

        long nanos() {
            return nanos;
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(nanos);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
