package io.ecomind.cli.redrive;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.usage.UsageField;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns what was rejected back into what {@code POST /v1/ingest} takes. Stateless.
 *
 * <p>The event keeps its id and ts, so that it is one event however often it is sent. Where the sender gave none, the id
 * is made of the rejection's place and the ts is the moment of the rejection.
 */
final class WireEvent {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    private WireEvent() {}

    /** Why an event cannot be sent again. */
    static final class NotRedrivable extends Exception {
        private static final long serialVersionUID = 1L;

        NotRedrivable(String why) {
            super(why);
        }
    }

    /**
     * The event as one JSON object.
     *
     * @param changes values by field; an empty text removes the field
     */
    static ObjectNode of(RejectedEvent row, Map<String, JsonNode> changes) throws NotRedrivable {
        if (row.truncated()) {
            throw new NotRedrivable("only the first " + row.payload().length + " bytes are stored");
        }
        ObjectNode event = row.origin().equals("gateway") ? sent(row) : read(row);
        if (!event.hasNonNull("id")) {
            event.put("id", "redrive-" + row.partition() + "-" + row.offset());
        }
        if (!event.hasNonNull("ts")) {
            event.put("ts", row.rejectedAt().toString());
        }
        changes.forEach((field, value) -> {
            if (value.isNull()) {
                event.remove(field);
            } else {
                event.set(field, value);
            }
        });
        return event;
    }

    /** {@code field=value}: numbers and objects as JSON, all else as text. */
    static JsonNode value(String text) {
        try {
            JsonNode parsed = JSON.readTree(text);
            if (parsed != null && (parsed.isIntegralNumber() || parsed.isObject() || parsed.isNull())) {
                return parsed;
            }
        } catch (JsonProcessingException | ArithmeticException | NumberFormatException plainText) {
            // A model name or a time is no JSON.
        }
        return JSON.getNodeFactory().textNode(text);
    }

    private static ObjectNode sent(RejectedEvent row) throws NotRedrivable {
        try {
            JsonNode item = JSON.readTree(row.payload());
            if (item instanceof ObjectNode object) {
                return object;
            }
        } catch (IOException notJson) {
            throw new NotRedrivable("what was sent is not one JSON object");
        } catch (ArithmeticException | NumberFormatException tooLarge) {
            throw new NotRedrivable("what was sent has a number that is too large to be read");
        }
        throw new NotRedrivable("what was sent is not one JSON object");
    }

    /** The job keeps the event where it could read it, and the whole record where it could not. */
    private static ObjectNode read(RejectedEvent row) throws NotRedrivable {
        boolean record =
                row.code().equals(ErrorCode.UNDECODABLE.code()) || row.code().equals(ErrorCode.INVALID_RECORD.code());
        UsageEvent event;
        try {
            event = record ? RawRecord.parseFrom(row.payload()).getEvent() : UsageEvent.parseFrom(row.payload());
        } catch (InvalidProtocolBufferException e) {
            throw new NotRedrivable("the record of events.raw cannot be decoded");
        }
        if (event.equals(UsageEvent.getDefaultInstance())) {
            throw new NotRedrivable("the record of events.raw holds no event");
        }
        return json(event);
    }

    private static ObjectNode json(UsageEvent event) throws NotRedrivable {
        ObjectNode json = JSON.createObjectNode();
        text(json, "id", event.getId());
        text(json, "org_id", event.getOrgId());
        text(json, "source", event.getSource());
        text(json, "user_id", event.getUserId());
        text(json, "provider", event.getProvider());
        json.put("model", event.getModel());
        for (UsageField count : UsageField.COUNTS) {
            if (count.isKnown(event)) {
                json.put(count.wireName(), count.count(event));
            }
        }
        text(json, "status", event.getStatus());
        text(json, "modality", event.getModality());
        text(json, "region", event.getRegion());
        text(json, "project", event.getProject());
        text(json, "environment", event.getEnvironment());
        text(json, "node_type", event.getNodeType());
        json.put(
                "ts", Instant.EPOCH.plus(event.getTsMicros(), ChronoUnit.MICROS).toString());
        if (!event.getMetadataJson().isEmpty()) {
            try {
                json.set("metadata", JSON.readTree(event.getMetadataJson()));
            } catch (JsonProcessingException | ArithmeticException | NumberFormatException e) {
                throw new NotRedrivable("its metadata is not JSON, or has a number that is too large to be read");
            }
        }
        return json;
    }

    private static void text(ObjectNode json, String field, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            json.put(field, value);
        }
    }
}
