package io.ecomind.jobs.enrichment;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ecomind.contracts.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Says whether PostgreSQL's jsonb will take a metadata text: one JSON object without NUL, lone surrogates or numbers
 * beyond its range. Stateless.
 */
final class MetadataCheck {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MAX_EXPONENT_DIGITS = 4;

    private MetadataCheck() {}

    /** Null when the text can be stored or is empty. */
    static @Nullable String problemOf(String metadata) {
        if (metadata.isEmpty()) {
            return null;
        }
        if (metadata.getBytes(StandardCharsets.UTF_8).length > Limits.MAX_METADATA_BYTES) {
            return "metadata is longer than " + Limits.MAX_METADATA_BYTES + " bytes";
        }
        try (JsonParser parser = JSON.createParser(metadata)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return "metadata is no object";
            }
            int depth = 1;
            while (depth > 0) {
                JsonToken token = parser.nextToken();
                if (token == null) {
                    return "metadata ends too early";
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                String problem = problemOf(token, parser);
                if (problem != null) {
                    return problem;
                }
            }
            return parser.nextToken() == null ? null : "metadata is more than one object";
        } catch (IOException e) {
            return "metadata is no JSON";
        }
    }

    private static @Nullable String problemOf(JsonToken token, JsonParser parser) throws IOException {
        String text = parser.getText();
        if (token.isNumeric()) {
            int exponent = Math.max(text.indexOf('e'), text.indexOf('E'));
            return exponent >= 0
                            && text.substring(exponent + 1)
                                            .replaceFirst("[+-]", "")
                                            .length()
                                    > MAX_EXPONENT_DIGITS
                    ? "metadata has a number beyond the range"
                    : null;
        }
        boolean plain = text.indexOf('\0') < 0
                && text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
        return plain ? null : "metadata contains NUL or a lone surrogate";
    }
}
