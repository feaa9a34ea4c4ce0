package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.TestKafka;
import java.time.Clock;
import java.util.Set;
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
    void events_pass_and_are_counted_while_redis_is_away() {
        String nowhere = "redis://127.0.0.1:" + FreePorts.find(1)[0];
        GatewayConfig config = TestGateway.config(TestKafka.bootstrapServers(), nowhere);
        TestGateway.Tenant limited = TestGateway.tenant("free", Set.of("ingest"));
        TestGateway.Tenant unlimited = TestGateway.tenant();
        try (TestGateway gateway = TestGateway.start(config, Clock.systemUTC())) {
            assertThat(gateway.post(unlimited, TestGateway.item("")).status()).isEqualTo(202);
            assertThat(gateway.counted(BYPASSES, "")).isZero();
            assertThat(gateway.post(limited, TestGateway.item("")).status()).isEqualTo(202);
            assertThat(gateway.post(limited, TestGateway.item("")).status()).isEqualTo(202);
            assertThat(gateway.counted(BYPASSES, "")).isEqualTo(2);
            assertThat(gateway.readiness().status()).isEqualTo(200);
        }
    }
}
