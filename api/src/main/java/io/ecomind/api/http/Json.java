package io.ecomind.api.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.ecomind.service.http.AnswerWriter;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * Writes answers as JSON. Stateless. Names are in snake_case, unknown values are null and never left out, amounts are
 * numbers in full precision without an exponent, moments are RFC 3339 in UTC, days are ISO dates. A newline ends the
 * document.
 */
public final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    /** The stream is the server's to close, and what the making of a view throws is to arrive as it is. */
    private static final ObjectWriter STREAMED = MAPPER.writer()
            .without(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .without(SerializationFeature.WRAP_EXCEPTIONS);

    private Json() {}

    /**
     * Answers with a view: a record, so that the fields of each answer are written down in one place. The answer counts as
     * memory of its sender until the client has read it.
     */
    public static void write(Context ctx, Record view) {
        try {
            AnswerWriter.whole(ctx, "application/json", out -> stream(out, view));
        } catch (IOException e) {
            throw new IllegalStateException("a view could not be written", e);
        }
    }

    /** Writes a view while it is made: a view that has an iterator is never in memory as a whole. */
    public static void stream(OutputStream out, Record view) throws IOException {
        try {
            STREAMED.writeValue(out, view);
        } catch (JsonMappingException wrapped) {
            // The outermost serializer wraps whatever was thrown: a refusal, or a statement that was cancelled.
            if (wrapped.getCause() instanceof RuntimeException thrown) {
                throw thrown;
            }
            throw wrapped;
        }
        out.write('\n');
    }

    /** An amount without the zeros that the column's scale adds. */
    public static @Nullable BigDecimal amount(@Nullable BigDecimal stored) {
        if (stored == null) {
            return null;
        }
        BigDecimal stripped = stored.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0, RoundingMode.UNNECESSARY) : stripped;
    }
}
