package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.TestKafka;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class RateLimitTest {
    private static final String BYPASSES = "ecomind_ingest_rate_limit_bypasses";

    @Test
    void organisation_over_its_plan_gets_429_until_there_is_room_again() {
        TestGateway.Tenant tenant = TestGateway.tenant("free", Set.of("ingest"));
        String thousand = IntStream.range(0, 1_000)
                .mapToObj(i -> TestGateway.item(""))
                .collect(Collectors.joining(",", "[", "]"));
        try (TestGateway gateway = TestGateway.start()) {
            TestGateway.Reply invalid = gateway.post(tenant, "[" + TestGateway.item("\"units\":-1") + "]");
            assertThat(invalid.header("ratelimit-limit")).as("draws nothing").isEmpty();

            TestGateway.Reply reply = gateway.post(tenant, thousand);
            assertThat(reply.status()).isEqualTo(202);
            assertThat(reply.header("ratelimit-limit")).isEqualTo("6000");
            assertThat(Integer.parseInt(reply.header("ratelimit-remaining"))).isBetween(5_000, 5_999);
            long begin = System.nanoTime();
            int accepted = 0;
            while (reply.status() == 202) {
                accepted++;
                reply = gateway.post(tenant, thousand);
            }

            // Room comes back at 100 events a second.
            long tenSeconds = (System.nanoTime() - begin) / 10_000_000_000L;
            assertThat(accepted).isBetween(6, 7 + (int) tenSeconds);
            assertThat(reply.status()).isEqualTo(429);
            assertThat(reply.code()).isEqualTo("rate_limited");
            assertThat(Integer.parseInt(reply.header("retry-after"))).isBetween(1, 60);
            assertThat(reply.header("ratelimit-limit")).isEqualTo("6000");
            assertThat(reply.header("ratelimit-reset")).isNotEmpty();
            assertThat(gateway.events(tenant.org())).hasSize(accepted * 1_000);
            assertThat(gateway.counted(BYPASSES, "")).isZero();
        }
    }

    @Test
    void eight_senders_on_one_key_get_what_the_plan_has_and_not_one_event_more() throws Exception {
        addPlan();
        TestGateway.Tenant tenant = TestGateway.tenant("tiny", Set.of("ingest"));
        TestGateway.Tenant other = TestGateway.tenant("tiny", Set.of("ingest"));
        String seven =
                IntStream.range(0, 7).mapToObj(i -> TestGateway.item("")).collect(Collectors.joining(",", "[", "]"));
        try (TestGateway gateway = TestGateway.start()) {
            ExecutorService senders = Executors.newFixedThreadPool(8);
            List<Callable<Integer>> sending = Collections.nCopies(8, () -> {
                int accepted = 0;
                for (int i = 0; i < 40; i++) {
                    accepted += gateway.post(tenant, seven).status() == 202 ? 7 : 0;
                }
                return accepted;
            });
            int accepted = 0;
            for (Future<Integer> sender : senders.invokeAll(sending)) {
                accepted += sender.get();
            }
            senders.shutdown();

            // 7 × 142; another 7 do not fit.
            assertThat(accepted).isEqualTo(994);
            assertThat(gateway.events(tenant.org())).hasSize(994);
            TestGateway.Reply refused = gateway.post(tenant, seven);
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.header("ratelimit-limit")).isEqualTo("1000");
            assertThat(refused.header("ratelimit-remaining")).isEqualTo("6");
            assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 86_400);
            assertThat(refused.body().path("detail").asText())
                    .isEqualTo("the plan's limit of 1000 events a day has room for 6 events, the request has 7");
            assertThat(gateway.post(other, seven).header("ratelimit-remaining")).isEqualTo("993");
        }
    }

    @Test
    void a_day_is_one_of_the_organisations_zone() throws Exception {
        addPlan();
        // 23:59:50 in Kiritimati, 09:59:50 in UTC.
        Instant beforeMidnight = Instant.parse("2026-03-01T09:59:50Z");
        TestGateway.Tenant tenant = TestGateway.tenant("tiny", Set.of("ingest"), "Pacific/Kiritimati");
        var now = new AtomicReference<>(beforeMidnight);
        GatewayConfig config = TestGateway.config(TestKafka.bootstrapServers(), TestGateway.redisUrl());
        String thousand = IntStream.range(0, 1_000)
                .mapToObj(i -> TestGateway.item(""))
                .collect(Collectors.joining(",", "[", "]"));
        try (TestGateway gateway = TestGateway.start(config, ((InstantSource) now::get).withZone(ZoneOffset.UTC))) {
            assertThat(gateway.post(tenant, thousand).status()).isEqualTo(202);
            TestGateway.Reply refused = gateway.post(tenant, TestGateway.item(""));
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.header("retry-after")).isEqualTo("10");

            now.set(beforeMidnight.plusSeconds(10));
            assertThat(gateway.post(tenant, TestGateway.item("")).header("ratelimit-remaining"))
                    .isEqualTo("999");
        }
    }

    @Test
    void without_redis_a_gateway_grants_its_part_of_the_plan_and_says_so() {
        addPlan();
        String nowhere = "redis://127.0.0.1:" + FreePorts.find(1)[0];
        GatewayConfig one = TestGateway.config(TestKafka.bootstrapServers(), nowhere);
        GatewayConfig config = one.withMaxReplicas(500);
        TestGateway.Tenant limited = TestGateway.tenant("tiny", Set.of("ingest"));
        TestGateway.Tenant unlimited = TestGateway.tenant();
        try (TestGateway gateway = TestGateway.start(config, Clock.systemUTC())) {
            assertThat(gateway.post(unlimited, TestGateway.item("")).status()).isEqualTo(202);
            assertThat(gateway.counted(BYPASSES, "")).isZero();
            TestGateway.Reply first = gateway.post(limited, TestGateway.item(""));
            assertThat(first.status()).isEqualTo(202);
            assertThat(first.header("ratelimit-limit")).isEqualTo("2");
            assertThat(first.body().path("warnings").toString()).contains("this one grants 1/500 of the plan's");
            assertThat(gateway.post(limited, TestGateway.item("")).status()).isEqualTo(202);
            TestGateway.Reply refused = gateway.post(limited, TestGateway.item(""));
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.body().path("detail").asText()).contains("limit of 2 events a day (1/500 of the plan's");
            assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 86_400);
            assertThat(gateway.counted(BYPASSES, "")).isEqualTo(3);
            TestGateway.Reply ready = gateway.readiness();
            assertThat(ready.status()).isEqualTo(200);
            assertThat(ready.body().toString()).contains("each gateway grants 1/500");
        }
    }

    @Test
    void names_beyond_the_plan_are_counted_as_other_and_the_sender_is_told() {
        TestGateway.sql("INSERT INTO plans (plan, users_per_day, models_per_day, projects_per_day)"
                + " VALUES ('narrow', 3, 4, 2) ON CONFLICT DO NOTHING");
        TestGateway.Tenant tenant = TestGateway.tenant("narrow", Set.of("ingest"));
        String body = IntStream.range(0, 6)
                .mapToObj(i -> "{\"id\":\"e" + i + "\",\"user_id\":\"u" + i + "\",\"provider\":\"p\",\"model\":\"m" + i
                        + "\",\"project\":\"x" + i + "\",\"tokens_in\":1,\"tokens_out\":1}")
                .collect(Collectors.joining("\n"));
        try (TestGateway gateway = TestGateway.start()) {
            TestGateway.Reply reply = gateway.post(tenant, body, "Content-Type", "application/x-ndjson");

            assertThat(reply.status()).isEqualTo(202);
            assertThat(reply.body().path("accepted").asInt()).isEqualTo(6);
            assertThat(reply.body().path("warnings").toString())
                    .contains("user_id was counted as (other)", "has 3 different users already")
                    .contains("model was counted as (other)", "project was counted as (other)");
            List<UsageEvent> events = gateway.events(tenant.org()).stream()
                    .sorted(Comparator.comparing(UsageEvent::getId))
                    .toList();
            assertThat(events)
                    .extracting(UsageEvent::getUserId)
                    .containsExactly("u0", "u1", "u2", "(other)", "(other)", "(other)");
            assertThat(events).extracting(UsageEvent::getProvider).containsOnly("p");
            assertThat(events)
                    .extracting(UsageEvent::getModel)
                    .containsExactly("m0", "m1", "m2", "(other)", "(other)", "(other)");
            assertThat(events)
                    .extracting(UsageEvent::getProject)
                    .containsExactly("x0", "x1", "(other)", "(other)", "(other)", "(other)");

            gateway.post(tenant, body, "Content-Type", "application/x-ndjson");
            assertThat(gateway.events(tenant.org()))
                    .filteredOn(event -> event.getId().equals("e5"))
                    .as("sent again it says the same, and so is a duplicate")
                    .hasSize(2)
                    .extracting(UsageEvent::getUserId)
                    .containsOnly("(other)");
        }
    }

    /** 1,000 events a day. */
    private static void addPlan() {
        TestGateway.sql("INSERT INTO plans (plan, events_per_minute, events_per_day) VALUES ('tiny', NULL, 1000)"
                + " ON CONFLICT DO NOTHING");
    }
}
