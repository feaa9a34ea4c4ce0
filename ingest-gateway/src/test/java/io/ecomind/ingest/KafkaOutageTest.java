package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.TestKafka;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** P1: a 202 means that the event is in Kafka, and nothing else gives one. */
@Tag("integration")
class KafkaOutageTest {
    private static final int MAX_IN_FLIGHT = 64 * 1024;

    @Test
    void outage_gives_503_with_bounded_memory_and_ends_by_itself(@TempDir Path directory) throws Exception {
        int[] ports = FreePorts.find(2);
        String bootstrap = "127.0.0.1:" + ports[0];
        TestGateway.Tenant tenant = TestGateway.tenant();
        Set<String> acknowledged = new HashSet<>();
        EmbeddedKafkaBroker broker = EmbeddedKafkaBroker.start(directory, ports[0], ports[1]);
        EmbeddedKafkaBroker.createTopics(bootstrap, (short) 1);
        TestGateway gateway = TestGateway.start(impatient(bootstrap), Clock.systemUTC());
        try {
            assertThat(gateway.post(tenant, TestGateway.item("\"id\":\"before\""))
                            .status())
                    .isEqualTo(202);
            acknowledged.add("before");

            broker.close();
            for (TestGateway.Reply reply : manyAtOnce(gateway, tenant)) {
                assertThat(reply.status()).isEqualTo(503);
                assertThat(reply.code()).isEqualTo("unavailable");
                assertThat(reply.header("retry-after")).isEqualTo("2");
                assertThat(reply.body().path("ids")).hasSize(100);
                assertThat(inFlightBytes(gateway)).isLessThanOrEqualTo(MAX_IN_FLIGHT);
            }
            assertRefusedWithoutWaiting(gateway.post(tenant, TestGateway.item("")));
            assertThat(gateway.readiness().status()).isEqualTo(503);
            assertThat(inFlightBytes(gateway)).isZero();

            broker = EmbeddedKafkaBroker.start(directory, ports[0], ports[1]);
            TestGateway.await(() ->
                    gateway.post(tenant, TestGateway.item("\"id\":\"after\"")).status() == 202);
            acknowledged.add("after");
            TestGateway.await(() -> gateway.readiness().status() == 200);
            assertThat(gateway.events(tenant.org()))
                    .extracting(UsageEvent::getId)
                    .containsAll(acknowledged);
            assertThat(gateway.counted("ecomind_ingest_items", ""))
                    .isEqualTo(gateway.counted("ecomind_ingest_events", ""));
        } finally {
            gateway.close();
            broker.close();
        }
    }

    @Test
    void gateway_starts_without_kafka_and_no_thread_stays_stuck() {
        String nowhere = "127.0.0.1:" + FreePorts.find(1)[0];
        TestGateway.Tenant tenant = TestGateway.tenant();
        try (TestGateway gateway = TestGateway.startUnready(impatient(nowhere), Clock.systemUTC())) {
            for (int i = 0; i < 20; i++) {
                assertRefusedWithoutWaiting(gateway.post(tenant, TestGateway.item("")));
            }
            assertThat(gateway.readiness().status()).isEqualTo(503);
        }
    }

    @Test
    void closing_loses_nothing_that_was_acknowledged() throws Exception {
        TestGateway.Tenant tenant = TestGateway.tenant();
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        TestGateway gateway = TestGateway.start();
        ExecutorService clients = Executors.newFixedThreadPool(4);
        List<Future<?>> running = new ArrayList<>();
        for (int client = 0; client < 4; client++) {
            running.add(clients.submit(() -> postUntilRefused(gateway, tenant, acknowledged)));
        }
        TestGateway.await(() -> acknowledged.size() > 1_000);

        gateway.close();

        for (Future<?> client : running) {
            client.get();
        }
        clients.shutdown();
        Set<String> written = TestGateway.events(TestKafka.bootstrapServers(), tenant.org()).stream()
                .map(UsageEvent::getId)
                .collect(Collectors.toSet());
        assertThat(written).containsAll(acknowledged);
    }

    /** A request that was handed to Kafka's client and waited says that Kafka did not acknowledge it. */
    private static void assertRefusedWithoutWaiting(TestGateway.Reply reply) {
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.body().path("detail").asText()).contains("Kafka has not acknowledged for ");
    }

    private static void postUntilRefused(TestGateway gateway, TestGateway.Tenant tenant, Set<String> acknowledged) {
        String body =
                IntStream.range(0, 50).mapToObj(i -> TestGateway.item("")).collect(Collectors.joining(",", "[", "]"));
        try {
            while (true) {
                TestGateway.Reply reply = gateway.post(tenant, body);
                if (reply.status() != 202) {
                    return;
                }
                reply.body().path("ids").forEach(id -> acknowledged.add(id.asText()));
            }
        } catch (UncheckedIOException stopped) {
            // The server is gone: what it had not answered, it had not acknowledged.
            return;
        }
    }

    private static List<TestGateway.Reply> manyAtOnce(TestGateway gateway, TestGateway.Tenant tenant) throws Exception {
        String body =
                IntStream.range(0, 100).mapToObj(i -> TestGateway.item("")).collect(Collectors.joining(",", "[", "]"));
        ExecutorService clients = Executors.newFixedThreadPool(30);
        List<Future<TestGateway.Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            replies.add(clients.submit(() -> gateway.post(tenant, body)));
        }
        List<TestGateway.Reply> done = new ArrayList<>();
        for (Future<TestGateway.Reply> reply : replies) {
            done.add(reply.get());
        }
        clients.shutdown();
        return done;
    }

    private static double inFlightBytes(TestGateway gateway) {
        return gateway.metrics.scrape("ecomind_ingest_in_flight_bytes"::equals).stream()
                .map(GaugeSnapshot.class::cast)
                .mapToDouble(gauge -> gauge.getDataPoints().get(0).getValue())
                .sum();
    }

    private static GatewayConfig impatient(String bootstrapServers) {
        GatewayConfig usual = TestGateway.config(bootstrapServers, TestGateway.redisUrl());
        return new GatewayConfig(
                usual.host(),
                0,
                0,
                usual.jdbcUrl(),
                usual.databaseUser(),
                usual.databasePassword(),
                usual.keyPepper(),
                usual.kafka(),
                usual.redis(),
                Duration.ofSeconds(2),
                MAX_IN_FLIGHT,
                usual.heartbeatInterval(),
                usual.corsOrigins());
    }
}
