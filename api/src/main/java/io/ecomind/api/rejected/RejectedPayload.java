package io.ecomind.api.rejected;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.UsageEvent;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A rejected event in a form that can be shown. Immutable; exactly one of the two is set.
 *
 * @param text what was sent when that is UTF-8; of an event that a job rejected, its fields as a JSON object
 * @param base64 the stored bytes when they are neither
 */
record RejectedPayload(@Nullable String text, @Nullable String base64) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String GATEWAY = "gateway";
    private static final Set<String> RECORD_CODES =
            Set.of(ErrorCode.UNDECODABLE.code(), ErrorCode.INVALID_RECORD.code());

    /** What the gateway adds to an event; no sender sends it. */
    private static final Set<Integer> ADDED_FIELDS = Set.of(
            UsageEvent.TS_DEFAULTED_FIELD_NUMBER,
            UsageEvent.RECEIVED_AT_MICROS_FIELD_NUMBER,
            UsageEvent.API_KEY_ID_FIELD_NUMBER);

    static RejectedPayload of(RejectedRow row) {
        UsageEvent event = row.origin().equals(GATEWAY) || row.payloadTruncated() ? null : decode(row);
        return event == null
                ? ofBytes(row.payload(), row.payloadTruncated())
                : new RejectedPayload(toJson(event).toString(), null);
    }

    /** @param truncated the end was cut off, perhaps in the middle of a character, which is then left out */
    static RejectedPayload ofBytes(byte[] bytes, boolean truncated) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        // UTF-8 has never fewer bytes than its UTF-16 has chars.
        CharBuffer text = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), text, !truncated);
        return result.isError()
                ? new RejectedPayload(null, Base64.getEncoder().encodeToString(bytes))
                : new RejectedPayload(text.flip().toString(), null);
    }

    /** Jobs keep the event where they could read it, and the whole record of events.raw where they could not. */
    private static @Nullable UsageEvent decode(RejectedRow row) {
        try {
            UsageEvent event = RECORD_CODES.contains(row.code())
                    ? RawRecord.parseFrom(row.payload()).getEvent()
                    : UsageEvent.parseFrom(row.payload());
            boolean understood =
                    event.getUnknownFields().asMap().isEmpty() && !event.equals(UsageEvent.getDefaultInstance());
            return understood ? event : null;
        } catch (InvalidProtocolBufferException otherBytes) {
            return null;
        }
    }

    /** The event with the names that {@code POST /v1/ingest} takes. */
    private static ObjectNode toJson(UsageEvent event) {
        ObjectNode json = JSON.createObjectNode();
        for (FieldDescriptor field : UsageEvent.getDescriptor().getFields()) {
            boolean absent = field.hasPresence() && !event.hasField(field);
            if (absent || ADDED_FIELDS.contains(field.getNumber())) {
                continue;
            }
            Object value = event.getField(field);
            switch (field.getNumber()) {
                case UsageEvent.TS_MICROS_FIELD_NUMBER ->
                    json.put(
                            "ts",
                            Instant.EPOCH
                                    .plus(event.getTsMicros(), ChronoUnit.MICROS)
                                    .toString());
                case UsageEvent.METADATA_JSON_FIELD_NUMBER -> putMetadata(json, event.getMetadataJson());
                default -> {
                    if (value instanceof Long number) {
                        json.put(field.getName(), number);
                    } else if (!value.toString().isEmpty()) {
                        json.put(field.getName(), value.toString());
                    }
                }
            }
        }
        return json;
    }

    private static void putMetadata(ObjectNode json, String metadata) {
        if (metadata.isEmpty()) {
            return;
        }
        try {
            json.set("metadata", JSON.readTree(metadata));
        } catch (JsonProcessingException notJson) {
            json.put("metadata", metadata);
        }
    }
}
