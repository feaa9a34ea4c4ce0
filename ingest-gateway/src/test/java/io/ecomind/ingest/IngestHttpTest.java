package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.testkit.TestKafka;
import io.ecomind.usage.EpochMicros;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class IngestHttpTest {
    private static TestGateway gateway;

    private final TestGateway.Tenant tenant = TestGateway.tenant();

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @Test
    void every_field_arrives_as_it_was_sent() {
        Instant ts = Instant.now().minusSeconds(60);
        String body = "{\"id\":\"e-1\",\"org_id\":\"" + tenant.org() + "\",\"user_id\":\"user-a@example.org\","
                + "\"provider\":\"anthropic\",\"model\":\"😀\",\"tokens_in\":100,\"tokens_out\":50,"
                + "\"tokens_cache_read\":60,\"tokens_cache_write\":40,\"tokens_reasoning\":50,\"latency_ms\":1200,"
                + "\"status\":200,\"modality\":\"image\",\"units\":3,\"region\":\"eu-west-1\",\"ts\":\"" + ts + "\","
                + "\"project\":\"p\",\"environment\":\"prod\",\"source\":\"sdk\",\"node_type\":\"h100\","
                + "\"metadata\": { \"a\" : [ 1, 2.50, \"x\\ny\", null, true ], \"é\" : {} } }";

        TestGateway.Reply reply = gateway.post(tenant, body);

        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.body().path("status").asText()).isEqualTo("accepted");
        assertThat(reply.body().path("ids").path(0).asText()).isEqualTo("e-1");
        assertThat(Instant.parse(reply.body().path("ts").asText())).isAfter(ts);
        UsageEvent event = gateway.events(tenant.org()).get(0);
        assertThat(event.getReceivedAtMicros()).isGreaterThan(event.getTsMicros());
        assertThat(event.toBuilder().clearReceivedAtMicros().build())
                .isEqualTo(UsageEvent.newBuilder()
                        .setOrgId(tenant.org())
                        .setSource("sdk")
                        .setId("e-1")
                        .setTsMicros(EpochMicros.of(ts))
                        .setUserId("user-a@example.org")
                        .setProvider("anthropic")
                        .setModel("😀")
                        .setTokensIn(100)
                        .setTokensOut(50)
                        .setTokensCacheRead(60)
                        .setTokensCacheWrite(40)
                        .setTokensReasoning(50)
                        .setLatencyMs(1200)
                        .setStatus("200")
                        .setModality("image")
                        .setUnits(3)
                        .setRegion("eu-west-1")
                        .setProject("p")
                        .setEnvironment("prod")
                        .setNodeType("h100")
                        .setMetadataJson("{\"a\":[1,2.50,\"x\\ny\",null,true],\"é\":{}}")
                        .setApiKeyId(tenant.key().id())
                        .build());
    }

    @Test
    void body_of_the_clients_that_exist_works_unchanged() {
        String body =
                "{\"org_id\":\"" + tenant.org() + "\",\"user_id\":\"u\",\"provider\":\"openai\",\"model\":\"gpt\","
                        + "\"tokens_in\":1,\"tokens_out\":2,\"region\":\"UNKNOWN\",\"ts\":\""
                        + Instant.now() + "\",\"metadata\":{}}";

        TestGateway.Reply reply = gateway.post(tenant, body, "Content-Type", "application/json; charset=UTF-8");

        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.body().path("warnings")).isEmpty();
        UsageEvent event = gateway.events(tenant.org()).get(0);
        assertThat(event.getRegion()).isEmpty();
        assertThat(event.getModality()).isEqualTo("text");
        assertThat(event.getTsDefaulted()).isFalse();
        assertThat(event.getId()).hasSize(36);
    }

    @Test
    void array_of_a_thousand_is_published_before_the_answer() {
        String body = IntStream.range(0, 1_000)
                .mapToObj(i -> TestGateway.item("\"id\":\"e" + i + "\""))
                .collect(Collectors.joining(",", "[", "]"));

        TestGateway.Reply reply = gateway.post(tenant, body);

        assertThat(reply.body().path("accepted").asInt()).isEqualTo(1_000);
        assertThat(gateway.events(tenant.org()))
                .extracting("id")
                .containsExactlyElementsOf(
                        IntStream.range(0, 1_000).mapToObj(i -> "e" + i).toList());
    }

    @Test
    void ndjson_takes_good_lines_and_names_bad_ones() {
        String body = TestGateway.item("\"id\":\"a\"") + "\r\n\n{\"user_id\":\n" + TestGateway.item("\"id\":\"b\"")
                + "\n" + "[".repeat(10_000) + "\n" + TestGateway.item("") + " 1\n" + TestGateway.item("\"units\":NaN");

        TestGateway.Reply reply = gateway.post(tenant, body, "Content-Type", "application/x-ndjson");

        assertThat(reply.status()).isEqualTo(202);
        assertThat(gateway.events(tenant.org())).extracting("id").containsExactly("a", "b");
        assertThat(reply.body().path("rejected").asInt()).isEqualTo(4);
        assertThat(reply.body().path("errors").findValuesAsText("index")).containsExactly("1", "3", "4", "5");
        assertThat(reply.body().path("errors").findValuesAsText("code"))
                .containsExactly("invalid_json", "nesting_too_deep", "invalid_json", "invalid_json");
        assertThat(reply.body().path("errors").path(0).path("message").asText()).contains("line 3, column");
        assertThat(gateway.rejections(tenant.org(), 4))
                .extracting(Rejection::getItemIndex)
                .containsExactly(1, 3, 4, 5);
    }

    @Test
    void gzip_is_inflated() throws IOException {
        var wire = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(wire)) {
            gzip.write(TestGateway.item("\"id\":\"zipped\"").getBytes(StandardCharsets.UTF_8));
        }

        TestGateway.Reply reply = gateway.post(tenant, wire.toByteArray(), "Content-Encoding", "gzip");

        assertThat(reply.status()).isEqualTo(202);
        assertThat(gateway.events(tenant.org())).extracting("id").containsExactly("zipped");
    }

    @Test
    void retry_with_the_same_idempotency_key_gets_the_same_ids() {
        String body = "[" + TestGateway.item("") + "," + TestGateway.item("") + "]";

        TestGateway.Reply first = gateway.post(tenant, body, "Idempotency-Key", "k1");
        TestGateway.Reply again = gateway.post(tenant, body, "Idempotency-Key", "k1");
        TestGateway.Reply other = gateway.post(tenant, body, "Idempotency-Key", "k2");
        TestGateway.Reply stranger = gateway.post(TestGateway.tenant(), body, "Idempotency-Key", "k1");

        assertThat(first.body().path("ids")).isEqualTo(again.body().path("ids"));
        Set<String> ids = new HashSet<>();
        for (TestGateway.Reply reply : List.of(first, other, stranger)) {
            reply.body().path("ids").forEach(id -> ids.add(id.asText()));
        }
        assertThat(ids).hasSize(6);
        assertThat(gateway.events(tenant.org())).allMatch(UsageEvent::getTsDefaulted);
    }

    @Test
    void repeats_inside_a_request_are_published_once_and_conflicts_are_refused() {
        String ts = ",\"ts\":\"" + Instant.now() + "\"";
        String body = "["
                + String.join(
                        ",",
                        TestGateway.item("\"id\":\"same\"" + ts),
                        TestGateway.item("\"id\":\"same\"" + ts),
                        TestGateway.item("\"id\":\"same\""),
                        TestGateway.item("\"id\":\"same\",\"units\":2" + ts),
                        TestGateway.item("\"id\":\"same\",\"source\":\"s\"" + ts))
                + "]";

        TestGateway.Reply reply = gateway.post(tenant, body);

        assertThat(reply.body().path("accepted").asInt()).isEqualTo(2);
        assertThat(reply.body().path("duplicates").asInt()).isEqualTo(2);
        assertThat(reply.body().path("rejected").asInt()).isEqualTo(1);
        assertThat(reply.body().path("ids").toString()).isEqualTo("[\"same\",\"same\",\"same\",null,\"same\"]");
        assertThat(reply.body().path("errors").path(0).path("code").asText()).isEqualTo("id_conflict");
        assertThat(reply.body().path("errors").path(0).path("message").asText())
                .contains("\"same\" is that of item 0 of this request");
        assertThat(gateway.events(tenant.org())).hasSize(2);
        Rejection conflict = gateway.rejections(tenant.org(), 1).get(0);
        assertThat(conflict.getOrigin()).isEqualTo("gateway");
        assertThat(conflict.getEventId()).isEqualTo("same");
        assertThat(conflict.getUserId()).isEqualTo("user-a");
        assertThat(conflict.getItemIndex()).isEqualTo(3);
    }

    @Test
    void typos_and_ids_without_time_give_warnings_up_to_fifty() {
        String body = IntStream.range(0, 100)
                .mapToObj(i -> TestGateway.item("\"tokenz_in\":{\"x\":[1]},\"f" + i + "\":0,\"id\":\"" + i + "\""))
                .collect(Collectors.joining(",", "[", "]"));

        TestGateway.Reply reply = gateway.post(tenant, body);

        assertThat(reply.body().path("accepted").asInt()).isEqualTo(100);
        assertThat(reply.body().path("warnings")).hasSize(50);
        assertThat(reply.body().path("warnings").path(0).asText())
                .isEqualTo("field \"tokenz_in\" is unknown and was ignored (first in item 0)");
    }

    @Test
    void metadata_that_looks_like_content_of_a_call_gives_a_warning() {
        String metadata = "\"metadata\":{\"Prompt\":\"hello\",\"a\":[{\"messages\":[]}],\"input\":12,\"output\":\"\","
                + "\"completion\":null,\"prompt_id\":\"p-1\"}";

        TestGateway.Reply reply = gateway.post(tenant, TestGateway.item(metadata));

        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.body().path("warnings"))
                .extracting(warning -> warning.asText().split(" ", 2)[0])
                .containsExactly("metadata.Prompt", "metadata.messages");
    }

    @Test
    void unknown_fields_are_named_in_ndjson_and_imports_as_well() {
        TestGateway.Tenant importer = TestGateway.tenant("enterprise", Set.of("ingest", "import"));
        String item = TestGateway.item("\"tokenz\":1,\"ts\":\"2020-01-01T00:00:00Z\"");

        TestGateway.Reply lines = gateway.post(importer, item + "\n", "Content-Type", "application/x-ndjson");

        assertThat(lines.status()).isEqualTo(202);
        assertThat(lines.body().path("warnings").path(0).asText())
                .isEqualTo("field \"tokenz\" is unknown and was ignored (first in item 0)");
    }

    @Test
    void id_without_ts_gives_one_warning() {
        TestGateway.Reply reply = gateway.post(
                tenant, "[" + TestGateway.item("\"id\":\"a\"") + "," + TestGateway.item("\"id\":\"b\"") + "]");

        assertThat(reply.body().path("warnings")).hasSize(1);
        assertThat(reply.body().path("warnings").path(0).asText()).startsWith("id without ts");
    }

    @Test
    void nulls_and_empty_texts_are_absent() {
        String nulls = "\"id\":null,\"org_id\":\"\",\"ts\":null,\"metadata\":null,\"units\":null,\"status\":\"\","
                + "\"modality\":null,\"region\":\"unknown\",\"source\":null";

        assertThat(gateway.post(tenant, TestGateway.item(nulls)).status()).isEqualTo(202);

        UsageEvent event = gateway.events(tenant.org()).get(0);
        assertThat(event.hasStatus() || event.hasUnits()).isFalse();
        assertThat(event.getRegion() + event.getSource() + event.getMetadataJson())
                .isEmpty();
    }

    @Test
    void key_with_scope_import_may_send_what_is_old() {
        TestGateway.Tenant importer = TestGateway.tenant("enterprise", Set.of("ingest", "import"));

        assertThat(gateway.post(importer, TestGateway.item("\"ts\":\"2020-01-01T00:00:00+02:00\""))
                        .status())
                .isEqualTo(202);
        assertThat(gateway.post(importer, TestGateway.item("\"ts\":\"1970-01-01T00:00:00Z\""))
                        .code())
                .isEqualTo("ts_too_old");
        assertThat(gateway.events(importer.org()).get(0).getTsMicros())
                .isEqualTo(EpochMicros.of(Instant.parse("2019-12-31T22:00:00Z")));
    }

    @Test
    void what_is_too_old_is_refused_with_field_value_and_limit() {
        TestGateway.Tenant importer = TestGateway.tenant("enterprise", Set.of("ingest", "import"));
        String old = "\"ts\":\"2020-01-01T00:00:00Z\"";
        String older = "\"ts\":\"1999-12-31T23:59:59.999999Z\"";

        assertThat(gateway.post(tenant, TestGateway.item(old)).body().path("errors"))
                .singleElement()
                .satisfies(error -> {
                    assertThat(error.path("field").asText()).isEqualTo("ts");
                    assertThat(error.path("message").asText())
                            .isEqualTo("ts must be at most 400 days old (a key with scope import may send older),"
                                    + " was \"2020-01-01T00:00:00Z\"");
                });
        assertThat(gateway.post(importer, TestGateway.item(older)).body().path("errors"))
                .singleElement()
                .satisfies(error -> {
                    assertThat(error.path("field").asText()).isEqualTo("ts");
                    assertThat(error.path("message").asText())
                            .isEqualTo("ts must be 2000-01-01T00:00:00Z or later, was \"1999-12-31T23:59:59.999999Z\"");
                });
        assertThat(gateway.events(tenant.org())).isEmpty();
        assertThat(gateway.events(importer.org())).isEmpty();
    }

    @Test
    void large_organisation_is_spread_and_equal_ids_meet() {
        TestGateway.sql("UPDATE orgs SET ingest_shards = 8 WHERE id = '" + tenant.org() + "'");
        String body = IntStream.range(0, 200)
                .mapToObj(i -> TestGateway.item("\"id\":\"e" + i + "\""))
                .collect(Collectors.joining(",", "[", "]"));

        gateway.post(tenant, body);
        gateway.post(tenant, body);

        Map<String, Set<String>> keysOf = new HashMap<>();
        for (var record : TestGateway.read(TestKafka.bootstrapServers(), Topic.EVENTS_RAW)) {
            UsageEvent event = TestGateway.rawRecord(record).getEvent();
            if (event.getOrgId().equals(tenant.org())) {
                keysOf.computeIfAbsent(event.getId(), id -> new HashSet<>())
                        .add(new String(record.key(), StandardCharsets.UTF_8));
            }
        }
        assertThat(keysOf).hasSize(200);
        assertThat(keysOf.values()).allMatch(keys -> keys.size() == 1);
        assertThat(keysOf.values().stream().flatMap(Set::stream).distinct()).hasSize(8);
        assertThat(keysOf.values().stream().flatMap(Set::stream)).allMatch(key -> key.startsWith(tenant.org() + "#"));
    }

    @Test
    void payload_of_a_rejection_is_cut_at_16_kib() {
        gateway.post(tenant, TestGateway.item("\"units\":-1,\"note\":\"" + "x".repeat(20_000) + "\""));

        Rejection rejection = gateway.rejections(tenant.org(), 1).get(0);
        assertThat(rejection.getPayload().size()).isEqualTo(16 * 1024);
        assertThat(rejection.getPayloadTruncated()).isTrue();
    }

    @Test
    void what_is_counted_adds_up() {
        String items = "ecomind_ingest_items";
        String events = "ecomind_ingest_events";
        double before = gateway.counted(events, "accepted");

        gateway.post(
                tenant,
                "[" + TestGateway.item("\"id\":\"1\"") + "," + TestGateway.item("\"id\":\"1\"") + ","
                        + TestGateway.item("\"units\":-1") + "]");

        assertThat(gateway.counted(events, "accepted")).isEqualTo(before + 1);
        assertThat(gateway.counted(events, "duplicate")).isPositive();
        assertThat(gateway.counted(items, "")).isEqualTo(gateway.counted(events, ""));
        assertThat(gateway.counted("ecomind_ingest_requests", "202")).isPositive();
        assertThat(gateway.counted("ecomind_ingest_rejection_publish_failures", ""))
                .isZero();
    }

    @Test
    void ready_when_kafka_and_database_answer() {
        // The brokers are checked in the background.
        TestGateway.await(
                () -> gateway.readiness().body().path("kafka").asText().startsWith("ok: kept on 1 broker(s)"));
        TestGateway.Reply reply = gateway.readiness();

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body().path("kafka").asText())
                .contains("kept on 1 broker(s) and should be on 3: ", Topic.EVENTS_RAW.topicName())
                .contains("min.insync.replicas is 1 and should be at least 2: ")
                .doesNotContain("transaction.version", "hours");
        assertThat(reply.body().path("database").asText()).isEqualTo("ok");
    }

    @Test
    void quiet_partitions_get_heartbeats() {
        long start = EpochMicros.of(Instant.now());
        TestGateway.await(() -> {
            Set<Integer> beaten = new HashSet<>();
            for (var record : TestGateway.read(TestKafka.bootstrapServers(), Topic.EVENTS_RAW)) {
                RawRecord raw = TestGateway.rawRecord(record);
                if (raw.hasHeartbeat() && raw.getHeartbeat().getReceivedAtMicros() >= start && record.key() == null) {
                    beaten.add(record.partition());
                }
            }
            return beaten.size() == Topic.EVENTS_RAW.partitions();
        });
        assertThat(gateway.counted("ecomind_ingest_heartbeat_failures", "")).isZero();
    }
}
