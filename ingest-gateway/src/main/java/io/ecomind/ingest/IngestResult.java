package io.ecomind.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.ingest.limits.RateLimiter;
import io.ecomind.ingest.validation.ItemError;
import io.ecomind.service.AppException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a request. Immutable.
 *
 * @param problem null when something was accepted
 * @param ids one per item in order, null for an item that was refused
 * @param quota null when the plan has no limit
 */
public record IngestResult(
        @Nullable AppException problem,
        int accepted,
        int rejected,
        int duplicates,
        List<@Nullable String> ids,
        List<ItemError> errors,
        List<String> warnings,
        RateLimiter.@Nullable Draw quota,
        Instant now) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final ObjectMapper TREES = new ObjectMapper();

    /** The body of a 202. */
    public byte[] toJson() {
        var out = new ByteArrayOutputStream(128 + 48 * ids.size());
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("status", "accepted");
            json.writeNumberField("accepted", accepted);
            json.writeNumberField("rejected", rejected);
            json.writeNumberField("duplicates", duplicates);
            json.writeArrayFieldStart("ids");
            for (String id : ids) {
                // Writes null as null.
                json.writeString(id);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("errors");
            for (ItemError error : errors) {
                json.writeStartObject();
                json.writeNumberField("index", error.index());
                json.writeStringField("code", error.code().code());
                json.writeStringField("field", error.field());
                json.writeStringField("message", error.message());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("warnings");
            for (String warning : warnings) {
                json.writeString(warning);
            }
            json.writeEndArray();
            json.writeStringField("ts", now.toString());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer in memory did not take the answer", e);
        }
        return out.toByteArray();
    }

    /** What a problem document says beside the problem. */
    public ObjectNode problemMembers() {
        ObjectNode members = TREES.createObjectNode();
        members.put("accepted", 0);
        if (problem != null && problem.code() == ErrorCode.UNAVAILABLE) {
            // A client that sent no ids can retry with these, and nothing will be counted twice.
            ArrayNode all = members.putArray("ids");
            ids.forEach(all::add);
            return members;
        }
        members.put("rejected", rejected);
        ArrayNode all = members.putArray("errors");
        for (ItemError error : errors) {
            all.addObject()
                    .put("index", error.index())
                    .put("code", error.code().code())
                    .put("field", error.field())
                    .put("message", error.message());
        }
        return members;
    }
}
