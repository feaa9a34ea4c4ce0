package io.ecomind.ingest.grpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.ingest.validation.ItemPayload;
import io.ecomind.usage.MetadataJson;
import io.ecomind.usage.UsageField;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Writes items of gRPC requests as the JSON that {@code POST /v1/ingest} takes, to be kept with a rejection: so it can be
 * read and sent again like any other. Stateless; never keeps more bytes than are asked for.
 */
final class ItemJson {
    private static final JsonFactory JSON = new JsonFactory();

    private ItemJson() {}

    /** One item. */
    static ItemPayload of(IngestItem item) {
        return maxBytes -> start(maxBytes, (json, start) -> write(json, item));
    }

    /** All items of a request. */
    static ItemPayload of(List<IngestItem> items) {
        return maxBytes -> start(maxBytes, (json, start) -> {
            json.writeStartArray();
            for (IngestItem item : items) {
                if (start.truncated) {
                    return;
                }
                write(json, item);
                json.flush();
            }
            json.writeEndArray();
        });
    }

    private interface Content {
        void writeTo(JsonGenerator json, Start start) throws IOException;
    }

    private static ItemPayload.PayloadStart start(int maxBytes, Content content) {
        var start = new Start(maxBytes);
        try {
            JsonGenerator json = JSON.createGenerator(start);
            // Not closed: an array that was left in the middle would be ended.
            content.writeTo(json, start);
            json.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new ItemPayload.PayloadStart(start.bytes.toByteArray(), start.truncated);
    }

    private static void write(JsonGenerator json, IngestItem item) throws IOException {
        json.writeStartObject();
        for (UsageField field : UsageField.ALL) {
            String value = field.string(item);
            if (!value.isEmpty()) {
                json.writeStringField(field.wireName(), value);
            }
        }
        for (UsageField count : UsageField.COUNTS) {
            if (count.isSent(item)) {
                json.writeNumberField(count.wireName(), count.count(item));
            }
        }
        String metadata = item.getMetadataJson();
        if (!metadata.isEmpty()) {
            json.writeFieldName(UsageField.METADATA.wireName());
            if (MetadataJson.findViolation(metadata) == null) {
                json.writeRawValue(metadata);
            } else {
                json.writeString(metadata);
            }
        }
        json.writeEndObject();
    }

    /** Keeps the first bytes and drops the rest. */
    private static final class Start extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final int maxBytes;
        private boolean truncated;

        Start(int maxBytes) {
            this.maxBytes = maxBytes;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) {
            int kept = Math.min(length, maxBytes - bytes.size());
            bytes.write(buffer, offset, kept);
            truncated |= kept < length;
        }
    }
}
