package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.ingest.limits.NameLimits;
import io.ecomind.ingest.publish.RejectionLimits;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.service.auth.KeyCacheLimits;
import io.ecomind.testkit.TestKafka;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is refused costs little: in the answer, in Kafka, and in the list. */
@Tag("integration")
class RejectionBoundsTest {
    private static final IngestLimits QUICK = new IngestLimits(
            ItemLimits.DEFAULT,
            new RejectionLimits(Duration.ofMillis(100), 100, 1_000, 1_024, RejectionLimits.DEFAULT.payloadBytes()),
            NameLimits.DEFAULT,
            KeyCacheLimits.DEFAULT);
    /** No interval ends before the gateway is closed. */
    private static final IngestLimits SLOW = new IngestLimits(
            ItemLimits.DEFAULT,
            new RejectionLimits(Duration.ofHours(1), 100, 1_000, 1_024, RejectionLimits.DEFAULT.payloadBytes()),
            NameLimits.DEFAULT,
            KeyCacheLimits.DEFAULT);

    @Test
    void a_million_errors_from_seven_kilobytes_are_answered_and_listed_in_a_few() throws Exception {
        TestGateway.Tenant tenant = TestGateway.tenant();
        byte[] body = gzip("{" + "\"\":0,".repeat(800_000) + "\"\":0}");
        assertThat(body.length).isLessThan(10_000);
        try (TestGateway gateway = TestGateway.start()) {
            TestGateway.Reply reply = gateway.post(tenant, body, "Content-Encoding", "gzip");

            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.body().path("errors")).hasSize(21);
            assertThat(reply.body().toString().length()).isLessThan(10_000);
            Rejection rejection = gateway.rejections(tenant.org(), 1).get(0);
            assertThat(rejection.getSerializedSize()).isLessThan(20_000);
            assertThat(rejection.getMessage().length()).isLessThanOrEqualTo(1_025);
            assertThat(rejection.getPayloadTruncated()).isTrue();
        }
    }

    @Test
    void errors_of_a_request_are_bounded_and_each_item_has_its_first() {
        TestGateway.Tenant tenant = TestGateway.tenant();
        String twelve =
                "{\"user_id\":1,\"provider\":2,\"model\":3,\"tokens_in\":\"4\",\"tokens_out\":\"5\",\"region\":6,"
                        + "\"project\":7,\"source\":8,\"node_type\":9,\"environment\":10,\"ts\":11,\"latency_ms\":\"12\"}";
        try (TestGateway gateway = TestGateway.start()) {
            JsonNode answer = gateway.post(tenant, array(1_000, i -> twelve)).body();

            assertThat(answer.path("errors")).hasSize(1_000 + 2_000);
            assertThat(answer.path("errors_omitted").asInt()).isEqualTo(12_000 - 3_000);
            Set<Integer> items = answer.path("errors").findValues("index").stream()
                    .map(JsonNode::asInt)
                    .collect(Collectors.toSet());
            assertThat(items).hasSize(1_000);
        }
    }

    @Test
    void equal_rejections_are_one_record_with_a_count_when_their_interval_has_ended() {
        TestGateway.Tenant tenant = TestGateway.tenant();
        TestGateway gateway = start(SLOW);
        gateway.post(tenant, array(500, i -> "{\"id\":\"e" + i + "\"}"));
        gateway.post(tenant, array(500, i -> "{}"));
        List<Rejection> first = gateway.rejections(tenant.org(), 1);
        assertThat(first).hasSize(1);
        assertThat(first.get(0).getEventId()).isEqualTo("e0");
        assertThat(first.get(0).getPayload().toStringUtf8()).isEqualTo("{\"id\":\"e0\"}");
        assertThat(gateway.counted("ecomind_ingest_rejections", "")).isEqualTo(1_000);
        gateway.close();

        List<Rejection> all = gateway.rejections(tenant.org(), 2);

        assertThat(all).hasSize(2);
        assertThat(all.get(1).getGroupId()).isNotEmpty().isEqualTo(first.get(0).getGroupId());
        assertThat(all.get(1).getOccurrences()).isEqualTo(1_000);
        assertThat(all.get(1).getLastAtMicros())
                .isGreaterThanOrEqualTo(first.get(0).getRejectedAtMicros());
    }

    @Test
    void a_group_ends_with_its_interval_also_while_nothing_comes() {
        TestGateway.Tenant tenant = TestGateway.tenant();
        try (TestGateway gateway = start(QUICK)) {
            gateway.post(tenant, array(3, i -> "{}"));

            assertThat(gateway.rejections(tenant.org(), 2))
                    .extracting(Rejection::getOccurrences)
                    .containsExactly(1L, 3L);
        }
    }

    @Test
    void a_day_keeps_what_the_plan_allows_and_counts_the_rest() {
        TestGateway.sql("INSERT INTO plans (plan, rejections_per_minute, rejections_per_day) VALUES ('few', 1000, 5)"
                + " ON CONFLICT DO NOTHING");
        TestGateway.Tenant tenant = TestGateway.tenant("few", Set.of("ingest"));
        TestGateway.Tenant other = TestGateway.tenant("few", Set.of("ingest"));
        TestGateway gateway = start(SLOW);
        // Each says another value, so none equals another.
        TestGateway.Reply reply = gateway.post(tenant, array(200, i -> TestGateway.item("\"units\":-" + (i + 1))));
        assertThat(reply.body().path("errors")).hasSize(200);
        gateway.post(tenant, array(100, i -> TestGateway.item("\"latency_ms\":-" + (i + 1))));
        gateway.post(other, "{}");
        assertThat(gateway.counted("ecomind_ingest_rejections_not_kept", "")).isEqualTo(295);
        gateway.close();

        List<Rejection> all = gateway.rejections(tenant.org(), 6);

        assertThat(all).hasSize(6);
        assertThat(all.subList(0, 5)).allMatch(rejection -> !rejection.getSummary());
        Rejection summary = all.get(5);
        assertThat(summary.getSummary()).isTrue();
        assertThat(summary.getOccurrences()).isEqualTo(295);
        assertThat(summary.getPayload().isEmpty()).isTrue();
        assertThat(gateway.rejections(other.org(), 1)).hasSize(1);
    }

    private static TestGateway start(IngestLimits limits) {
        return TestGateway.start(
                TestGateway.config(TestKafka.bootstrapServers(), TestGateway.redisUrl()), limits, Clock.systemUTC());
    }

    private static String array(int count, IntFunction<String> item) {
        return IntStream.range(0, count).mapToObj(item).collect(Collectors.joining(",", "[", "]"));
    }

    private static byte[] gzip(String text) throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }
}
