package io.ecomind.ingest.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.connect.RedisSettings;
import io.ecomind.connect.Secret;
import io.ecomind.ingest.GatewayMetrics;
import io.ecomind.ingest.TestGateway;
import io.ecomind.testkit.EmbeddedRedisServer;
import io.ecomind.testkit.FreePorts;
import io.lettuce.core.RedisClient;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Draws from a real Redis. */
@Tag("integration")
class QuotasTest {
    private static final LocalDate DAY = LocalDate.of(2026, 3, 1);
    /** Long enough that a slow machine is not taken for a Redis that is away. */
    private static final QuotaSettings PATIENT = new QuotaSettings(4, Duration.ofSeconds(20), 3, Duration.ofSeconds(1));

    private final GatewayMetrics metrics = GatewayMetrics.of(new PrometheusRegistry());

    @Test
    void eight_threads_on_one_quota_get_exactly_its_number_and_leave_others_alone() throws Exception {
        Quota greedy = quota(0, 10_000);
        Quota modest = quota(0, 50);
        try (var quotas = new Quotas(RedisSettings.parse(TestGateway.redisUrl()), PATIENT, metrics)) {
            ExecutorService threads = Executors.newFixedThreadPool(9);
            List<Callable<Long>> draws = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                draws.add(() -> IntStream.range(0, 300)
                        .mapToLong(i -> taken(quotas.draw(greedy, 7, false)))
                        .sum());
            }
            draws.add(() -> IntStream.range(0, 100)
                    .mapToLong(i -> taken(quotas.draw(modest, 1, false)))
                    .sum());
            List<Future<Long>> results = threads.invokeAll(draws);
            long ofGreedy = 0;
            for (Future<Long> result : results.subList(0, 8)) {
                ofGreedy += result.get();
            }
            threads.shutdown();

            // 7 × 1,428; another 7 do not fit.
            assertThat(ofGreedy).isEqualTo(9_996);
            assertThat(results.get(8).get()).isEqualTo(50);
            Quotas.PlacedDraw rest = quotas.draw(greedy, 7, true);
            assertThat(rest.isShare()).isFalse();
            assertThat(rest.draw().taken()).isEqualTo(4);
            assertThat(rest.draw().dayLeft()).isZero();
            assertThat(quotas.note()).isNull();
        }
    }

    @Test
    void a_bucket_fills_in_a_minute_and_says_when_there_is_room() {
        Quota quota = quota(6_000, 0);
        try (var quotas = new Quotas(RedisSettings.parse(TestGateway.redisUrl()), PATIENT, metrics)) {
            assertThat(taken(quotas.draw(quota, 6_000, false))).isEqualTo(6_000);

            QuotaDraw refused = quotas.draw(quota, 6_000, false).draw();

            assertThat(refused.taken()).isZero();
            assertThat(refused.waitMillis()).isBetween(1L, 60_000L);
            assertThat(refused.fullMillis()).isEqualTo(refused.waitMillis());
            assertThat(refused.minuteLeft()).isLessThan(6_000);
            assertThat(refused.dayLeft()).isEqualTo(Long.MAX_VALUE);
        }
    }

    @Test
    void the_next_date_and_another_plan_begin_anew() {
        Quota today = quota(0, 10);
        var tomorrow = new Quota(today.orgId(), "events", 0, 10, DAY.plusDays(1), today.dayEnd());
        try (var quotas = new Quotas(RedisSettings.parse(TestGateway.redisUrl()), PATIENT, metrics)) {
            assertThat(taken(quotas.draw(today, 10, false))).isEqualTo(10);
            assertThat(taken(quotas.draw(today, 1, false))).isZero();
            assertThat(taken(quotas.draw(tomorrow, 10, false))).isEqualTo(10);

            var larger = new Quota(today.orgId(), "events", 0, 15, DAY, today.dayEnd());
            assertThat(taken(quotas.draw(larger, 10, true)))
                    .as("a plan that is raised adds to what was used")
                    .isEqualTo(5);
        }
    }

    @Test
    void without_redis_a_gateway_grants_its_share_and_tells_redis_later(@TempDir Path directory) throws Exception {
        int port = FreePorts.find(1)[0];
        Quota quota = quota(0, 1_000);
        Quota other = quota(0, 1_000);
        var address = RedisSettings.parse("redis://ecomind:password@127.0.0.1:" + port);
        var settings = new QuotaSettings(4, Duration.ofSeconds(20), 3, Duration.ofNanos(1));
        try (var quotas = new Quotas(address, settings, metrics)) {
            Quotas.PlacedDraw away = quotas.draw(quota, 200, false);
            assertThat(away.isShare()).isTrue();
            assertThat(away.quota().perDay()).isEqualTo(250);
            assertThat(taken(away)).isEqualTo(200);
            assertThat(taken(quotas.draw(quota, 51, false))).isZero();
            assertThat(taken(quotas.draw(quota, 51, true))).isEqualTo(50);
            assertThat(taken(quotas.draw(other, 250, false)))
                    .as("each has its share")
                    .isEqualTo(250);
            assertThat(quotas.note()).contains("1/4");

            try (EmbeddedRedisServer redis = EmbeddedRedisServer.start(
                    directory, port, new EmbeddedRedisServer.RedisOptions(new Secret("password"), null, null, true))) {
                Quotas.PlacedDraw back = quotas.draw(quota, 1, false);
                for (int i = 0; back.isShare() && i < 10_000; i++) {
                    back = quotas.draw(quota, 1, false);
                }
                assertThat(back.isShare()).isFalse();
                assertThat(back.draw().dayLeft())
                        .as("with the 250 that were granted meanwhile")
                        .isEqualTo(749);
                assertThat(quotas.note()).isNull();
                forgetScripts(port);
                assertThat(quotas.draw(quota, 1, false).draw().dayLeft()).isEqualTo(748);
                assertThat(redis.url()).endsWith(Integer.toString(port));
            }
        }
    }

    /** As whoever may do everything: the user of the gateway may not. */
    private static void forgetScripts(int port) {
        try (RedisClient client = RedisClient.create("redis://127.0.0.1:" + port);
                var connection = client.connect()) {
            connection.sync().scriptFlush();
        }
    }

    private static long taken(Quotas.PlacedDraw draw) {
        return draw.draw().taken();
    }

    private static Quota quota(long perMinute, long perDay) {
        return new Quota(
                "org-" + UUID.randomUUID(), "events", perMinute, perDay, DAY, Instant.parse("2026-03-02T00:00:00Z"));
    }
}
