package io.ecomind.ingest.validation;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ecomind.usage.UsageJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Set;

/**
 * Finds keys of metadata under which clients usually keep what was said to a model and what it answered. Stateless.
 *
 * <p>Only values that can hold such content count: {@code "input": 12} is a number of something.
 */
public final class PromptKeys {
    private static final Set<String> KEYS = Set.of(
            "prompt",
            "prompts",
            "system_prompt",
            "completion",
            "completions",
            "message",
            "messages",
            "input",
            "inputs",
            "output",
            "outputs",
            "response",
            "responses",
            "content",
            "text");

    private PromptKeys() {}

    /** Adds a warning for each such key, at any depth. */
    public static void warn(String metadataJson, int index, Warnings warnings) {
        try (JsonParser in = UsageJson.parser(metadataJson)) {
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                if (token == JsonToken.FIELD_NAME
                        && KEYS.contains(in.currentName().toLowerCase(Locale.ROOT))) {
                    String key = in.currentName();
                    JsonToken value = in.nextToken();
                    if (value == JsonToken.START_OBJECT
                            || value == JsonToken.START_ARRAY
                            || (value == JsonToken.VALUE_STRING && in.getTextLength() > 0)) {
                        warnings.promptInMetadata(key, index);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("metadata was JSON when it was read", e);
        }
    }
}
