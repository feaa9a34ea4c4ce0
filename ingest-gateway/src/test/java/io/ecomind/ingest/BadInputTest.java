package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.testkit.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything that must not enter: it gets its own error, is listed as rejected, and nothing is published. */
@Tag("integration")
class BadInputTest {
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    static Stream<Arguments> requests() {
        return Stream.of(
                arguments("", 400, "empty_body"),
                arguments(" \n ", 400, "empty_body"),
                arguments("{\"user_id\":", 400, "invalid_json"),
                arguments("{\"a\":1", 400, "invalid_json"),
                arguments("{\"a\":1]", 400, "invalid_json"),
                arguments("[" + TestGateway.item("") + ",", 400, "invalid_json"),
                arguments(TestGateway.item("") + "}", 400, "invalid_json"),
                arguments(TestGateway.item("") + "\n" + TestGateway.item(""), 400, "invalid_json"),
                arguments(TestGateway.item("\"units\":NaN"), 400, "invalid_json"),
                arguments(TestGateway.item("\"units\":Infinity"), 400, "invalid_json"),
                arguments("[]", 400, "nothing_accepted"),
                arguments("5", 400, "not_an_object"),
                arguments("[[], 1]", 400, "not_an_object"),
                arguments("[".repeat(10_000), 400, "nesting_too_deep"),
                arguments("{\"metadata\":" + "{\"a\":".repeat(10_000), 400, "nesting_too_deep"),
                arguments("[" + items(1_001) + "]", 413, "too_many_items"),
                arguments(" ".repeat(Limits.MAX_BODY_BYTES + 1), 413, "body_too_large"));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void request_is_refused_as_a_whole(String body, int status, String code) {
        TestGateway.Tenant tenant = TestGateway.tenant();

        TestGateway.Reply reply = gateway.post(tenant, body);

        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.code()).isEqualTo(code);
        assertThat(reply.header("content-type")).isEqualTo("application/problem+json");
        assertThat(reply.body().path("detail").asText()).isNotEmpty().doesNotContain("REDACTED");
        assertThat(gateway.events(tenant.org())).isEmpty();
        assertThat(gateway.rejections(tenant.org(), 1).get(0).getCode()).isEqualTo(code);
    }

    static Stream<Arguments> items() {
        String complete = "\"user_id\":\"u\",\"provider\":\"p\",\"tokens_in\":1,\"tokens_out\":1";
        String noCounts = "\"user_id\":\"u\",\"provider\":\"p\",\"tokens_out\":1,\"tokens_in\":";
        String noTime = complete + ",\"ts\":";
        String noMetadata = complete + ",\"metadata\":";
        return Stream.of(
                arguments("\"provider\":\"p\",\"tokens_in\":1,\"tokens_out\":1", "field_missing", "user_id must"),
                arguments(
                        "\"user_id\":\" \",\"provider\":\"p\",\"tokens_in\":1,\"tokens_out\":1",
                        "field_missing",
                        "user_id must"),
                arguments(
                        "\"user_id\":null,\"provider\":\"p\",\"tokens_in\":1,\"tokens_out\":1",
                        "field_missing",
                        "user_id must"),
                arguments("\"user_id\":\"u\",\"tokens_in\":1,\"tokens_out\":1", "field_missing", "provider must"),
                arguments("\"user_id\":\"u\",\"provider\":\"p\",\"tokens_out\":1", "field_missing", "tokens_in must"),
                arguments(noCounts + "-4", "field_out_of_range", "tokens_in must be 0..1000000000, was -4"),
                arguments(noCounts + "1000000001", "field_out_of_range", "1000000001"),
                arguments(
                        noCounts + "9223372036854775808",
                        "field_out_of_range",
                        "tokens_in must be 0..1000000000, was 9223372036854775808"),
                arguments(noCounts + "1" + "0".repeat(5_000), "field_out_of_range", "tokens_in must be"),
                arguments(noCounts + "1.0", "field_invalid", "tokens_in must be an integer, was 1.0"),
                arguments(noCounts + "1e2", "field_invalid", "tokens_in must be an integer"),
                arguments(noCounts + "\"7\"", "field_invalid", "tokens_in must be an integer, was the string \"7\""),
                arguments(noCounts + "[1]", "field_invalid", "was an array"),
                arguments(complete + ",\"user_id\":\"v\"", "field_invalid", "user_id is there twice"),
                arguments(complete + ",\"zzz\":1,\"zzz\":2", "field_invalid", "\"zzz\" is there twice"),
                arguments(
                        complete + ",\"id\":\"" + "x".repeat(129) + "\"", "field_too_long", "128 characters, was 129"),
                arguments(
                        complete + ",\"model\":\"" + "😀".repeat(257) + "\"",
                        "field_too_long",
                        "256 characters, was 257"),
                arguments(
                        "\"user_id\":\"" + "😀".repeat(256) + "\",\"provider\":\"p\",\"model\":\"" + "😀".repeat(256)
                                + "\",\"project\":\"" + "😀".repeat(128) + "\",\"tokens_in\":1,\"tokens_out\":1",
                        "field_too_long",
                        "at most 2200 bytes together, were 2561"),
                arguments(complete + ",\"source\":\"" + "x".repeat(65) + "\"", "field_too_long", "source must"),
                arguments(complete + ",\"status\":\"" + "x".repeat(33) + "\"", "field_too_long", "status must"),
                arguments(complete + ",\"status\":true", "field_invalid", "status must be a string or an integer"),
                arguments(complete + ",\"id\":\"a\\u0000b\"", "field_invalid", "control character U+0000"),
                arguments(complete + ",\"model\":\"a\\ud800\"", "field_invalid", "lone surrogate U+D800"),
                arguments(complete + ",\"project\":\"a\\udc00\\ud800\"", "field_invalid", "lone surrogate U+DC00"),
                arguments(complete + ",\"modality\":\"smell\"", "field_invalid", "modality must be"),
                arguments(
                        complete + ",\"latency_ms\":86400001", "field_out_of_range", "latency_ms must be 0..86400000"),
                arguments(
                        complete + ",\"tokens_cache_read\":1,\"tokens_cache_write\":1",
                        "field_out_of_range",
                        "tokens_in (1)"),
                arguments(complete + ",\"tokens_reasoning\":2", "field_out_of_range", "tokens_out (1)"),
                arguments(noMetadata + "[1]", "field_invalid", "metadata must be an object"),
                arguments(noMetadata + "{\"a\":\"\\u0000\"}", "field_invalid", "U+0000"),
                arguments(noMetadata + "{\"a\\u0000\":1}", "field_invalid", "U+0000"),
                arguments(noMetadata + "{\"a\":[{\"b\":\"\\udbff\"}]}", "field_invalid", "U+DBFF"),
                arguments(noMetadata + "{\"a\":{\"b\":1,\"b\":2}}", "field_invalid", "key \"b\" twice"),
                arguments(noMetadata + "{\"a\":1e400000}", "field_invalid", "beyond 1e1000"),
                arguments(noMetadata + "{\"a\":\"" + "x".repeat(4_089) + "\"}", "field_too_long", "4096 bytes"),
                arguments(noMetadata + "{\"a\":\"" + "é".repeat(2_045) + "\"}", "field_too_long", "4096 bytes"),
                arguments(noTime + "\"9999-01-01T00:00:00Z\"", "ts_too_far_ahead", "15 minutes"),
                arguments(
                        noTime + "\"" + Instant.now().plus(Duration.ofMinutes(16)) + "\"",
                        "ts_too_far_ahead",
                        "15 minutes"),
                arguments(noTime + "\"1970-01-01T00:00:00Z\"", "ts_too_old", "400 days"),
                arguments(noTime + "\"" + Instant.now().minus(Duration.ofDays(401)) + "\"", "ts_too_old", "400 days"),
                arguments(noTime + "\"yesterday\"", "ts_invalid", "RFC 3339"),
                arguments(noTime + "\"2026-02-30T00:00:00Z\"", "ts_invalid", "must be a date"),
                arguments(noTime + "\"2026-01-01T00:00:00\"", "ts_invalid", "must end with its zone"),
                arguments(noTime + "1767225600", "ts_invalid", "RFC 3339 string"),
                arguments(complete + ",\"org_id\":\"another\"", "org_mismatch", "org_id must be the one"));
    }

    @ParameterizedTest
    @MethodSource("items")
    void item_is_refused_and_its_neighbour_is_not(String members, String code, String message) {
        TestGateway.Tenant tenant = TestGateway.tenant();
        String bad = "{" + members + "}";

        TestGateway.Reply alone = gateway.post(tenant, bad);
        TestGateway.Reply both = gateway.post(tenant, "[" + bad + "," + TestGateway.item("\"id\":\"good\"") + "]");

        assertThat(alone.status()).isEqualTo(code.equals("org_mismatch") ? 403 : 400);
        assertThat(alone.code()).isEqualTo(code);
        assertThat(alone.body().path("detail").asText()).contains(message);
        assertThat(alone.body().path("accepted").asInt(-1)).isZero();
        assertThat(alone.body().path("rejected").asInt()).isEqualTo(1);
        assertThat(alone.body().path("errors").path(0).path("code").asText()).isEqualTo(code);
        assertThat(both.status()).isEqualTo(202);
        assertThat(both.body().path("ids").path(0).isNull()).isTrue();
        assertThat(both.body().path("ids").path(1).asText()).isEqualTo("good");
        assertThat(gateway.events(tenant.org())).extracting("id").containsExactly("good");
        Rejection rejection = gateway.rejections(tenant.org(), 1).get(0);
        assertThat(rejection.getCode()).isEqualTo(code);
        assertThat(rejection.getPayload().toStringUtf8()).isEqualTo(bad);
    }

    static Stream<Arguments> oddTexts() {
        String beyondAscii = "a character beyond ASCII outside of a string";
        return Stream.of(
                arguments("1\u200B", "line 1, column 2: " + beyondAscii),
                arguments("{\"a\":1}\u200B", beyondAscii),
                arguments("\uD83D\uDE00", beyondAscii),
                arguments("[[\u200B", beyondAscii),
                arguments("{\"user_id\":tru\u00E9}", "tru\u00E9"),
                arguments("{\"\\udc00\":1}", "low surrogate in field name"),
                // A pair is a character, in names as well.
                arguments("{\"metadata\":{\"\\ud83d\\ude00\":1}}", "user_id must not be empty"),
                arguments("{\"user_id\":\"\\ud800\"}", "the lone surrogate U+D800"),
                arguments(
                        "{\"ts\":\"" + "\uD83D\uDE00".repeat(60) + "\"}",
                        "was \"" + "\uD83D\uDE00".repeat(40) + "\u2026"),
                arguments(
                        "{\"" + "x".repeat(39) + "\uD83D\uDE00y\":1,\"" + "x".repeat(39) + "\uD83D\uDE00y\":2}",
                        "\uD83D\uDE00\u2026"));
    }

    @ParameterizedTest
    @MethodSource("oddTexts")
    void an_answer_is_utf_8_whatever_it_quotes(String body, String expected) throws Exception {
        for (String type : new String[] {"application/json", "application/x-ndjson"}) {
            byte[] answer = gateway.bytes(TestGateway.tenant(), body.getBytes(StandardCharsets.UTF_8), type);

            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(answer))
                    .toString();
            assertThat(text).endsWith("}\n");
            assertThat(text.replace("\\\"", "\"")).contains(expected);
        }
    }

    @Test
    void all_faults_of_an_item_are_told_at_once() {
        TestGateway.Reply reply = gateway.post(
                TestGateway.tenant(),
                "{\"user_id\":5,\"tokens_in\":-1,\"tokens_out\":\"x\",\"ts\":\"no\",\"metadata\":[]}");

        assertThat(reply.body().path("errors").findValuesAsText("field"))
                .containsExactlyInAnyOrder("user_id", "provider", "tokens_in", "tokens_out", "ts", "metadata");
    }

    @Test
    void items_with_different_faults_share_the_code_nothing_accepted() {
        TestGateway.Reply reply = gateway.post(
                TestGateway.tenant(),
                "[" + TestGateway.item("\"ts\":\"no\"") + "," + TestGateway.item("\"units\":-1") + "]");

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.code()).isEqualTo("nothing_accepted");
        assertThat(reply.body().path("errors").size()).isEqualTo(2);
    }

    @Test
    void content_type_and_encoding_must_be_known() {
        TestGateway.Tenant tenant = TestGateway.tenant();
        String good = TestGateway.item("");

        assertThat(gateway.post(tenant, good, "Content-Type", "text/plain").code())
                .isEqualTo("unsupported_media_type");
        assertThat(gateway.post(tenant, good, "Content-Type", "application/json; charset=latin1")
                        .status())
                .isEqualTo(415);
        assertThat(gateway.post(tenant, good, "Content-Encoding", "br").code()).isEqualTo("unsupported_encoding");
        assertThat(gateway.post(tenant, good, "Content-Encoding", "gzip").code())
                .as("not gzip at all")
                .isEqualTo("invalid_gzip");
        assertThat(gateway.events(tenant.org())).isEmpty();
    }

    @Test
    void utf_16_is_not_json_on_the_wire() {
        TestGateway.Reply reply =
                gateway.post(TestGateway.tenant(), TestGateway.item("").getBytes(StandardCharsets.UTF_16LE));

        assertThat(reply.code()).isEqualTo("invalid_json");
    }

    @Test
    void gzip_bomb_is_cut_off_and_truncated_gzip_is_refused() throws IOException {
        TestGateway.Tenant tenant = TestGateway.tenant();
        var wire = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(wire)) {
            byte[] spaces = " ".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 300; i++) {
                gzip.write(spaces);
            }
        }

        TestGateway.Reply bomb = gateway.post(tenant, wire.toByteArray(), "Content-Encoding", "gzip");
        TestGateway.Reply half =
                gateway.post(tenant, Arrays.copyOf(wire.toByteArray(), 1_000), "Content-Encoding", "gzip");

        assertThat(wire.size()).isLessThan(Limits.MAX_BODY_BYTES);
        assertThat(bomb.code()).isEqualTo("body_too_large");
        assertThat(half.code()).isEqualTo("invalid_gzip");
        assertThat(half.body().path("detail").asText()).contains("could not be decompressed");
    }

    @Test
    void gzip_of_several_members_is_read_to_its_end() throws IOException {
        TestGateway.Tenant tenant = TestGateway.tenant();
        var random = new Random(1);
        // Lengths of a first member around the size of the buffers that inflaters use.
        for (int bytes = 5_900; bytes < 6_300; bytes += 3) {
            byte[] noise = new byte[bytes];
            random.nextBytes(noise);
            var body = new ByteArrayOutputStream();
            body.write(gzip(TestGateway.item(
                            "\"metadata\":{\"a\":\"" + Base64.getEncoder().encodeToString(noise) + "\"}")
                    + "\n"));
            body.write(gzip(TestGateway.item("") + "\n"));

            TestGateway.Reply reply = gateway.post(
                    tenant, body.toByteArray(), "Content-Encoding", "gzip", "Content-Type", "application/x-ndjson");

            assertThat(reply.body().path("accepted").asInt()
                            + reply.body().path("rejected").asInt())
                    .as("items of a first member of %d random bytes", bytes)
                    .isEqualTo(2);
        }
    }

    @Test
    void gzip_with_anything_else_behind_it_is_refused() throws IOException {
        TestGateway.Tenant tenant = TestGateway.tenant();
        byte[] good = gzip(TestGateway.item(""));
        byte[] garbage = Arrays.copyOf(good, good.length + 400);
        Arrays.fill(garbage, good.length, garbage.length, (byte) 'x');
        var members = new ByteArrayOutputStream();
        for (int i = 0; i < 20_000; i++) {
            members.write(gzip(""));
        }

        assertThat(gateway.post(tenant, garbage, "Content-Encoding", "gzip").code())
                .isEqualTo("invalid_gzip");
        assertThat(gateway.post(tenant, members.toByteArray(), "Content-Encoding", "gzip")
                        .code())
                .as("20,000 empty members")
                .isEqualTo("empty_body");
        assertThat(gateway.events(tenant.org())).isEmpty();
    }

    private static byte[] gzip(String text) throws IOException {
        var wire = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(wire)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return wire.toByteArray();
    }

    @Test
    void bad_json_is_shown_by_line_and_column() {
        TestGateway.Reply reply = gateway.post(TestGateway.tenant(), "{\n  \"user_id\": oops\n}");

        assertThat(reply.body().path("detail").asText()).contains("line 2, column ");
    }

    @Test
    void keys_that_are_missing_wrong_revoked_or_of_another_scope_open_nothing() {
        TestGateway.Tenant tenant = TestGateway.tenant();
        TestGateway.Tenant revoked = TestGateway.tenant();
        TestGateway.sql("UPDATE api_keys SET revoked_at = now() WHERE id = '"
                + revoked.key().id() + "'");
        TestGateway.Tenant reader = TestGateway.tenant("enterprise", Set.of("read"));
        ApiKey stranger = ApiKey.generate(new SecureRandom(), "test", KeyPeppers.parse(TestDatabase.PEPPER));
        String good = TestGateway.item("");

        assertThat(gateway.post(tenant, good, "Authorization", "").status()).isEqualTo(401);
        assertThat(gateway.post(tenant, good, "Authorization", "Bearer nonsense")
                        .code())
                .isEqualTo("unauthorized");
        assertThat(gateway.post(
                                tenant,
                                good,
                                "Authorization",
                                "Bearer " + stranger.text().value())
                        .status())
                .isEqualTo(401);
        assertThat(gateway.post(revoked, good).status()).isEqualTo(401);
        assertThat(gateway.post(reader, good).code()).isEqualTo("scope_missing");
        assertThat(Stream.of(tenant, revoked, reader).flatMap(t -> gateway.events(t.org()).stream()))
                .isEmpty();
    }

    @Test
    void key_that_is_bound_to_a_user_and_a_source_speaks_for_no_other() {
        TestGateway.Tenant tenant = TestGateway.tenant();
        TestGateway.sql("INSERT INTO users (org_id, id, email, name) VALUES ('" + tenant.org()
                + "', 'user-a', 'user-a@example.org', 'User A')");
        TestGateway.sql("UPDATE api_keys SET user_id = 'user-a', source = 'browser' WHERE id = '"
                + tenant.key().id() + "'");

        TestGateway.Reply own = gateway.post(tenant, TestGateway.item("\"id\":\"own\""));
        TestGateway.Reply other = gateway.post(tenant, TestGateway.item("").replace("user-a", "user-b"));
        TestGateway.Reply elsewhere = gateway.post(tenant, TestGateway.item("\"source\":\"sdk\""));

        assertThat(own.status()).isEqualTo(202);
        assertThat(other.status()).isEqualTo(403);
        assertThat(other.code()).isEqualTo("key_not_bound_to");
        assertThat(elsewhere.code()).isEqualTo("key_not_bound_to");
        assertThat(gateway.events(tenant.org())).extracting("source").containsExactly("browser");
    }

    @Test
    void idempotency_key_must_be_visible_ascii() {
        TestGateway.Reply reply =
                gateway.post(TestGateway.tenant(), TestGateway.item(""), "Idempotency-Key", "x".repeat(129));

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.code()).isEqualTo("invalid_parameter");
    }

    private static String items(int count) {
        return IntStream.range(0, count).mapToObj(i -> TestGateway.item("")).collect(Collectors.joining(","));
    }
}
