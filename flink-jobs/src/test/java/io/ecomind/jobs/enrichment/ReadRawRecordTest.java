package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.jobs.RawEvents;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadRawRecordTest {
    private static final long TS = RawEvents.micros("2026-03-01T12:00:00Z");
    private static final long APPENDED_MILLIS = TS / 1000 + 2_000;

    private static final byte[] KEY = "acme#3".getBytes(StandardCharsets.UTF_8);

    private final ReadRawRecord reader = new ReadRawRecord();

    @Test
    void event_carries_its_identity_and_place() {
        RawRecordRead read = read(event -> event);

        assertThat(read.kind()).isEqualTo(RawRecordRead.EVENT);
        assertThat(read.partition()).isEqualTo(3);
        assertThat(read.offset()).isEqualTo(7);
        assertThat(read.receivedAtMillis()).isEqualTo(TS / 1000 + 1_000);
    }

    @Test
    void organisation_source_and_id_make_the_identity_and_nothing_else() {
        RawRecordRead first = read(event -> event);

        assertThat(identity(read(event -> event.setTokensIn(9).setTsMicros(TS - 5))))
                .isEqualTo(identity(first));
        assertThat(identity(read(event -> event.setOrgId("other")))).isNotEqualTo(identity(first));
        assertThat(identity(read(event -> event.setSource("other")))).isNotEqualTo(identity(first));
        assertThat(identity(read(event -> event.setSource("sdkid").setId("-1"))))
                .isNotEqualTo(identity(first));
    }

    @Test
    void retry_has_the_same_content_although_receipt_and_key_differ() {
        RawRecordRead first = read(event -> event);

        assertThat(read(event -> event.setReceivedAtMicros(TS + 5).setApiKeyId("k2"))
                        .contentHash())
                .isEqualTo(first.contentHash());
        assertThat(read(event -> event.setTokensIn(101)).contentHash()).isNotEqualTo(first.contentHash());
    }

    @Test
    void heartbeat_is_time_only() {
        RawRecordRead read = reader.read(3, 7, APPENDED_MILLIS, KEY, RawEvents.heartbeat(TS));

        assertThat(read.kind()).isEqualTo(RawRecordRead.HEARTBEAT);
        assertThat(read.receivedAtMillis()).isEqualTo(TS / 1000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "junk", "\u0000\u0001\u0002", "{\"org_id\":\"o\"}"})
    void bytes_that_are_no_record_are_unreadable_and_keep_the_append_time(String junk) {
        RawRecordRead read = reader.read(3, 7, APPENDED_MILLIS, KEY, junk.getBytes(StandardCharsets.UTF_8));

        assertThat(read.kind()).isEqualTo(RawRecordRead.UNREADABLE);
        assertThat(read.receivedAtMillis()).isEqualTo(APPENDED_MILLIS);
        assertThat(read.code()).isIn("undecodable", "invalid_record");
    }

    @Test
    void tombstone_is_unreadable() {
        assertThat(reader.read(3, 7, APPENDED_MILLIS, KEY, null).kind()).isEqualTo(RawRecordRead.UNREADABLE);
    }

    @Test
    void receipt_in_the_future_is_refused_because_it_would_close_everybodys_days() {
        assertInvalid(read(event -> event.setReceivedAtMicros(TS + 400L * 86_400_000_000L)), "received_at_micros");
        RawRecordRead heartbeat =
                reader.read(3, 7, APPENDED_MILLIS, KEY, RawEvents.heartbeat(TS + 400L * 86_400_000_000L));
        assertInvalid(heartbeat, "received_at_micros");
    }

    @Test
    void impossible_fields_are_refused_with_their_reason() {
        assertInvalid(read(event -> event.setTokensIn(-1)), "tokens_in must be 0..1000000000, was -1");
        assertInvalid(read(event -> event.setTokensOut(Long.MAX_VALUE)), "tokens_out must be");
        assertInvalid(
                read(event -> event.setTokensIn(10).setTokensCacheRead(6).setTokensCacheWrite(5)),
                "must be at most tokens_in (10), was 11");
        assertInvalid(
                read(event -> event.setTokensOut(3).setTokensReasoning(4)), "must be at most tokens_out (3), was 4");
        assertInvalid(read(event -> event.setTsMicros(-1)), "ts_micros");
        assertInvalid(read(event -> event.setTsMicros(TS + 3_600_000_000L)), "ts_micros");
        assertInvalid(read(event -> event.setTsMicros(RawEvents.micros("1985-01-01T00:00:00Z"))), "ts_micros");
        assertInvalid(read(event -> event.setUserId("")), "user_id");
        assertInvalid(read(event -> event.setId("x".repeat(129))), "id must be at most 128 characters, was 129");
        assertInvalid(
                read(event -> event.setUserId("😀".repeat(256))
                        .setModel("😀".repeat(256))
                        .setProject("😀".repeat(128))),
                "2200 bytes together");
        assertInvalid(read(event -> event.setModel("a\0b")), "U+0000");
        assertInvalid(
                reader.read(
                        3,
                        7,
                        APPENDED_MILLIS,
                        KEY,
                        RawRecord.getDefaultInstance().toByteArray()),
                "neither");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no json",
                "[1]",
                "{\"a\":1",
                "{\"a\":1}{}",
                "{\"a\":\"\\u0000\"}",
                "{\"a\":\"\\ud800\"}",
                "{\"a\":1e400000}"
            })
    void metadata_that_the_table_would_refuse_is_refused_here(String metadata) {
        assertInvalid(read(event -> event.setMetadataJson(metadata)), "metadata");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"a\":{\"b\":[1,-2.5e-7,1e-1000,true,null,\"😀\"]}}", "{\"a\":\"\\\\u0000\"}"})
    void metadata_that_the_gateway_accepts_is_accepted(String metadata) {
        assertThat(read(event -> event.setMetadataJson(metadata)).kind()).isEqualTo(RawRecordRead.EVENT);
    }

    private static void assertInvalid(RawRecordRead read, String reason) {
        assertThat(read.kind()).isEqualTo(RawRecordRead.UNREADABLE);
        assertThat(read.code()).isEqualTo("invalid_record");
        assertThat(read.reason()).contains(reason);
    }

    private RawRecordRead read(UnaryOperator<UsageEvent.Builder> change) {
        return reader.read(
                3, 7, APPENDED_MILLIS, KEY, RawEvents.raw(change.apply(RawEvents.event("acme", "id-1", TS))));
    }

    private static List<Long> identity(RawRecordRead read) {
        return List.of(read.identityHigh(), read.identityLow());
    }

    @Test
    void content_hash_is_that_of_the_event_without_what_a_retry_may_change() throws Exception {
        var event = RawEvents.event("acme", "a", TS)
                .setTsDefaulted(true)
                .setApiKeyId("key")
                .setTokensReasoning(3)
                .setMetadataJson("{\"a\":1}")
                .build();
        byte[] content = event.toBuilder()
                .clearReceivedAtMicros()
                .clearApiKeyId()
                .clearTsMicros()
                .clearTsDefaulted()
                .build()
                .toByteArray();
        long expected = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(content))
                .getLong();

        RawRecordRead read = new ReadRawRecord()
                .read(0, 0, event.getReceivedAtMicros() / 1000, KEY, RawEvents.raw(event.toBuilder()));

        assertThat(read.contentHash()).isEqualTo(expected);
        assertThat(read.payload()).isEqualTo(event.toByteArray());
    }
}
