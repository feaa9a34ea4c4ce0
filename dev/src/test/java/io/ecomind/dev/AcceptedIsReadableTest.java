package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.Scope;
import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.ingest.grpc.ItemDrafts;
import io.ecomind.ingest.http.JsonItems;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.EventIds;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.ingest.validation.UsageEventValidator;
import io.ecomind.ingest.validation.Warnings;
import io.ecomind.jobs.enrichment.RawRecordRead;
import io.ecomind.jobs.enrichment.ReadRawRecord;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.MachineKey;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.RecordKey;
import io.ecomind.usage.UsageField;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Whatever the gateway accepts, the enrichment reads, with equal fields: random requests, most of them nearly right, are
 * taken through the code of both. Were a rule stricter in the job, an accepted event would be counted nowhere.
 */
class AcceptedIsReadableTest {
    private static final long SEED = 20_260_301L;
    private static final int ROUNDS = 20_000;
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final long RECEIVED = EpochMicros.of(NOW) + 3;
    private static final MachineKey CALLER =
            new MachineKey("key1", "acme", null, null, Set.of(Scope.INGEST), 4, "enterprise", null, null);

    private static final List<String> NUMBERS = List.of(
            "0",
            "-0",
            "1",
            "-1",
            "1.0",
            "1e2",
            "1E+2",
            "1e999999",
            "1e-999999",
            "1e1000",
            "1e1001",
            "1e-1000",
            "-1e1000",
            "0.1",
            "00",
            "01",
            "1.",
            ".5",
            "1e",
            "1e00000000000005",
            "123456789012345678",
            "9223372036854775807",
            "9223372036854775808",
            "1000000000",
            "1000000001",
            "9".repeat(999),
            "9".repeat(1_000),
            "9".repeat(1_001),
            "-" + "9".repeat(999),
            "-" + "9".repeat(1_000),
            "0." + "3".repeat(998),
            "0." + "3".repeat(999),
            "9".repeat(5_000),
            "NaN",
            "Infinity",
            "0x10");

    private static final List<String> STRINGS = List.of(
            "",
            " ",
            "a",
            "\\u0000",
            "\\u0001",
            "\\n",
            "\\t",
            "\\u007f",
            "\\u0085",
            "\\u00ad",
            "\\u200b",
            "\\u202e",
            "\\ufeff",
            "\\ud800",
            "\\udc00",
            "\\ud83d\\ude00",
            "\\ude00\\ud83d",
            "\\\\",
            "\\\"",
            "\\/",
            "é",
            "😀",
            "👩‍🚀",
            "\u200b",
            "\u202e",
            "\u0001",
            "=1+1",
            "user@example.org",
            "openai",
            "gpt-4o",
            "text",
            "UNKNOWN",
            "unknown",
            "DEU",
            "2026-03-01T12:00:00Z",
            "2026-03-01T12:15:00Z",
            "2026-03-01T12:15:01Z",
            "2025-01-25T12:00:00Z",
            "2025-01-24T12:00:00Z",
            "2026-03-01T12:00:00+23:59",
            "x".repeat(16),
            "x".repeat(64),
            "x".repeat(65),
            "x".repeat(128),
            "x".repeat(129),
            "x".repeat(256),
            "x".repeat(257),
            "😀".repeat(64),
            "😀".repeat(256),
            "é".repeat(128),
            "x".repeat(4_080),
            "é".repeat(2_045),
            "\\u0041".repeat(100),
            "\\n".repeat(2_045));

    private static final List<String> NAMES = Stream.concat(
                    UsageField.ALL.stream().map(UsageField::wireName), Stream.of("zzz", "", "\\u0069d"))
            .toList();

    private static final List<UsageField> OPTIONAL_COUNTS =
            UsageField.COUNTS.stream().filter(count -> !count.isRequired()).toList();

    private final Random random = new Random(SEED);
    private final ReadRawRecord reader = new ReadRawRecord();
    private int accepted;
    private long offset;

    @Test
    void json_and_ndjson() {
        for (int round = 0; round < ROUNDS; round++) {
            String body = random.nextInt(4) == 0 ? array() : item();
            byte[] bytes = mutated(body.getBytes(StandardCharsets.UTF_8));
            boolean lines = random.nextBoolean();
            acceptAll(
                    (limits, warnings) -> lines
                            ? JsonItems.lines(bytes, limits, warnings)
                            : JsonItems.document(bytes, limits, warnings),
                    body);
        }
        assertThat(accepted).as("accepted items, or nothing is shown").isGreaterThan(ROUNDS / 10);
    }

    @Test
    void grpc_items_with_any_metadata() {
        for (int round = 0; round < ROUNDS; round++) {
            IngestItem item = grpcItem();
            acceptAll((limits, warnings) -> List.of(ItemDrafts.fromItem(0, item, limits)), item.toString());
        }
        assertThat(accepted).as("accepted items, or nothing is shown").isGreaterThan(ROUNDS / 10);
    }

    /** One that once was accepted and counted nowhere. */
    @Test
    void a_number_of_1001_digits_is_refused_at_the_gate() {
        String item = "{\"user_id\":\"u\",\"provider\":\"p\",\"tokens_in\":1,\"tokens_out\":1,\"metadata\":{\"a\":"
                + "9".repeat(1_001) + "}}";

        acceptAll(
                (limits, warnings) -> JsonItems.document(item.getBytes(StandardCharsets.UTF_8), limits, warnings),
                item);

        assertThat(accepted).isZero();
    }

    /** What another producer writes is listed under the organisation of the record's key, with its payload. */
    @Test
    void what_the_job_cannot_read_keeps_its_organisation_and_payload() throws Exception {
        byte[] noEvent = UsageEvent.newBuilder().setOrgId("acme").build().toByteArray();
        UsageEvent negative = UsageEvent.newBuilder()
                .setOrgId("acme")
                .setId("e1")
                .setUserId("u")
                .setProvider("p")
                .setTokensIn(-1)
                .setTsMicros(RECEIVED)
                .setReceivedAtMicros(RECEIVED)
                .build();
        byte[] invalid = RawRecord.newBuilder().setEvent(negative).build().toByteArray();

        Rejection undecodable =
                Rejection.parseFrom(read("acme#3".getBytes(StandardCharsets.UTF_8), new byte[] {9, 9, 9})
                        .payload());
        Rejection other = Rejection.parseFrom(
                read("acme".getBytes(StandardCharsets.UTF_8), noEvent).payload());
        Rejection refused = Rejection.parseFrom(read(null, invalid).payload());

        assertThat(undecodable.getOrgId()).isEqualTo("acme");
        assertThat(undecodable.getPayload().toByteArray()).containsExactly(9, 9, 9);
        assertThat(other.getOrgId()).isEqualTo("acme");
        assertThat(refused.getOrgId()).isEqualTo("acme");
        assertThat(refused.getEventId()).isEqualTo("e1");
        assertThat(refused.getField()).isEqualTo("tokens_in");
        assertThat(refused.getPayload().toByteArray()).isEqualTo(invalid);
        assertThat(Rejection.parseFrom(read(new byte[] {(byte) 0xC0, (byte) 0xAF}, new byte[] {9})
                                .payload())
                        .getOrgId())
                .isEmpty();
    }

    private void acceptAll(BiFunction<ItemLimits, Warnings, List<EventDraft>> request, String shown) {
        var warnings = new Warnings(ItemLimits.DEFAULT);
        List<EventDraft> drafts;
        try {
            drafts = request.apply(ItemLimits.DEFAULT, warnings);
        } catch (AppException refused) {
            return;
        }
        var validator = new UsageEventValidator(CALLER, EventIds.of(CALLER, "k"), warnings, NOW, RECEIVED);
        for (EventDraft draft : drafts) {
            UsageEvent event = validator.validate(draft);
            if (event != null) {
                accepted++;
                RawRecordRead read = read(
                        RecordKey.of(event.getOrgId(), CALLER.ingestShards(), event.getSource(), event.getId()),
                        RawRecord.newBuilder().setEvent(event).build().toByteArray());
                assertThat(read.kind())
                        .as("seed %d: %s is accepted, and the job says %s", SEED, shown, read.reason())
                        .isEqualTo(RawRecordRead.EVENT);
                assertThat(parsed(read)).isEqualTo(event);
            }
        }
    }

    private RawRecordRead read(byte @Nullable [] key, byte[] value) {
        List<RawRecordRead> read = new ArrayList<>();
        reader.deserialize(
                new ConsumerRecord<>(
                        "events.raw",
                        3,
                        offset++,
                        RECEIVED / 1_000 + 5,
                        TimestampType.LOG_APPEND_TIME,
                        0,
                        value.length,
                        key,
                        value,
                        new RecordHeaders(),
                        Optional.empty()),
                new Collector<>() {
                    @Override
                    public void collect(RawRecordRead record) {
                        read.add(record);
                    }

                    @Override
                    public void close() {}
                });
        return read.get(0);
    }

    private static UsageEvent parsed(RawRecordRead read) {
        try {
            return UsageEvent.parseFrom(read.payload());
        } catch (InvalidProtocolBufferException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private String array() {
        var items = new StringBuilder("[");
        for (int i = random.nextInt(4); i >= 0; i--) {
            items.append(item()).append(i == 0 ? "" : ",");
        }
        return items.append(']').toString();
    }

    /** Mostly a valid item, with a few members that may be anything. */
    private String item() {
        var item = new StringBuilder("{");
        if (random.nextInt(12) > 0) {
            item.append("\"user_id\":\"u\",\"provider\":\"openai\",\"tokens_in\":10,\"tokens_out\":5");
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            item.append(item.length() == 1 ? "" : ",")
                    .append('"')
                    .append(pick(NAMES))
                    .append("\":")
                    .append(value(3));
        }
        if (random.nextBoolean()) {
            item.append(item.length() == 1 ? "" : ",").append("\"metadata\":").append(object(4));
        }
        return item.append('}').toString();
    }

    private String value(int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 6)) {
            case 0, 1 -> pick(NUMBERS);
            case 2, 3, 4 -> '"' + pick(STRINGS) + '"';
            case 5 -> pick(List.of("null", "true", "false", "nul", "{}", "[]"));
            case 6 -> object(depth - 1);
            default -> "[" + value(depth - 1) + (random.nextBoolean() ? "" : "," + value(depth - 1)) + "]";
        };
    }

    private String object(int depth) {
        if (random.nextInt(40) == 0) {
            int levels = 28 + random.nextInt(6);
            return "{\"a\":" + "[".repeat(levels) + "1" + "]".repeat(levels) + "}";
        }
        var object = new StringBuilder("{");
        for (int i = random.nextInt(4); i > 0; i--) {
            object.append('"')
                    .append(random.nextInt(3) == 0 ? pick(STRINGS) : "k" + random.nextInt(5))
                    .append("\":")
                    .append(value(depth))
                    .append(i == 1 ? "" : ",");
        }
        return object.append('}').toString();
    }

    /** One in four with some bytes changed, put in or taken out, such as overlong UTF-8. */
    private byte[] mutated(byte[] body) {
        if (random.nextInt(4) > 0 || body.length < 2) {
            return body;
        }
        byte[][] bits = {
            {(byte) 0xC0, (byte) 0xAF}, {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, {(byte) 0xFF}, {'"'}, {0}, {' '}
        };
        byte[] bit = bits[random.nextInt(bits.length)];
        int at = random.nextInt(body.length);
        int dropped = random.nextInt(2);
        byte[] changed = new byte[body.length - dropped + bit.length];
        System.arraycopy(body, 0, changed, 0, at);
        System.arraycopy(bit, 0, changed, at, bit.length);
        System.arraycopy(body, at + dropped, changed, at + bit.length, body.length - at - dropped);
        return changed;
    }

    private IngestItem grpcItem() {
        var item = IngestItem.newBuilder()
                .setUserId(random.nextInt(8) == 0 ? text() : "u")
                .setProvider(random.nextInt(8) == 0 ? text() : "openai")
                .setTokensIn(random.nextInt(8) == 0 ? random.nextLong() : 10)
                .setTokensOut(5);
        switch (random.nextInt(8)) {
            case 0 -> item.setModel(text());
            case 1 -> item.setProject(text()).setSource(text());
            case 2 -> item.setRegion(text());
            case 3 -> item.setStatus(text());
            case 4 -> item.setId(text()).setTs(text());
            case 5 -> item.setField(optionalCount(), random.nextLong(12)).setLatencyMs(random.nextInt());
            default -> {}
        }
        String metadata = random.nextInt(5) == 0 ? value(4) : object(4);
        if (random.nextInt(6) == 0) {
            metadata = pick(List.of(" ", "\n", "\ufeff", "/*x*/", "'", ""))
                    + metadata
                    + pick(List.of(" ", "{}", "\n", ""));
        }
        return item.setMetadataJson(metadata).build();
    }

    private FieldDescriptor optionalCount() {
        UsageField count = OPTIONAL_COUNTS.get(random.nextInt(OPTIONAL_COUNTS.size()));
        return IngestItem.getDescriptor().findFieldByName(count.wireName());
    }

    /** A string as it comes out of JSON's escapes; halves of surrogate pairs become what protobuf makes of them. */
    private String text() {
        return pick(STRINGS).replace("\\n", "\n").replace("\\u0000", "\0").replace("\\u200b", "\u200b");
    }

    private String pick(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
