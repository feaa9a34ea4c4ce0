package io.ecomind.cli.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.Rfc3339;
import io.ecomind.usage.UsageField;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * Turns one line of a trace into an event. Not thread-safe. Checks only what it needs to understand the line; whether
 * the event may enter is the gateway's to say.
 */
final class LineParser {
    /** Size of a Mooncake cache block, in tokens. */
    static final long TOKENS_PER_PREFIX_BLOCK = 512;

    private static final String REPLAY_USER = "replay";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> NUMBERS =
            UsageField.COUNTS.stream().map(UsageField::wireName).collect(Collectors.toUnmodifiableSet());
    private static final DateTimeFormatter AZURE_TIME = new DateTimeFormatterBuilder()
            .appendPattern("yyyy-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .toFormatter(Locale.ROOT);

    private final TraceFormat format;
    private final List<String> columns;

    /** @param header the first line; not used for {@link TraceFormat#NDJSON} */
    LineParser(TraceFormat format, String header) {
        this.format = format;
        this.columns = format == TraceFormat.NDJSON
                ? List.of()
                : List.of(header.strip().split(",", -1));
    }

    /** The columns that the format needs and the header does not have. */
    List<String> missingColumns() {
        List<String> needed = switch (format) {
            case AZURE -> TraceFormat.Azure.COLUMNS;
            case MOONCAKE -> TraceFormat.Mooncake.COLUMNS;
            case SERVEGEN -> TraceFormat.ServeGen.COLUMNS;
            case CSV, NDJSON -> List.of();
        };
        List<String> missing = new ArrayList<>(needed);
        missing.removeAll(columns);
        return missing;
    }

    TraceEvent parse(long number, String line) throws MalformedLine {
        return switch (format) {
            case AZURE -> azure(number, cells(line));
            case MOONCAKE -> mooncake(number, cells(line));
            case SERVEGEN -> serveGen(number, cells(line));
            case CSV -> csv(number, line);
            case NDJSON -> ndjson(number, line);
        };
    }

    private TraceEvent azure(long number, List<String> cells) throws MalformedLine {
        String time = cell(cells, TraceFormat.Azure.TIMESTAMP);
        Instant at;
        try {
            at = LocalDateTime.parse(time, AZURE_TIME).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new MalformedLine("TIMESTAMP is not a date and time: " + shortened(time));
        }
        ObjectNode body =
                body(REPLAY_USER, whole(cells, TraceFormat.Azure.INPUT), whole(cells, TraceFormat.Azure.OUTPUT));
        return new TraceEvent(number, body, at.truncatedTo(ChronoUnit.MICROS));
    }

    private TraceEvent mooncake(long number, List<String> cells) throws MalformedLine {
        long input = whole(cells, TraceFormat.Mooncake.INPUT);
        ObjectNode body = body(REPLAY_USER, input, whole(cells, TraceFormat.Mooncake.OUTPUT));
        if (columns.contains(TraceFormat.Mooncake.PREFIX_BLOCKS)) {
            long cached = whole(cells, TraceFormat.Mooncake.PREFIX_BLOCKS) * TOKENS_PER_PREFIX_BLOCK;
            // The last block of a prompt is seldom full.
            body.put("tokens_cache_read", Math.min(cached, input));
        }
        return new TraceEvent(number, body, Instant.EPOCH.plusMillis(whole(cells, TraceFormat.Mooncake.TIMESTAMP)));
    }

    private TraceEvent serveGen(long number, List<String> cells) throws MalformedLine {
        String seconds = cell(cells, TraceFormat.ServeGen.TIMESTAMP);
        Instant at;
        try {
            at = Instant.EPOCH.plus(
                    Duration.ofNanos(new BigDecimal(seconds).movePointRight(9).longValueExact()));
        } catch (ArithmeticException | NumberFormatException e) {
            throw new MalformedLine("ts_s is not a number of seconds: " + shortened(seconds));
        }
        ObjectNode body = body(
                "client-" + whole(cells, TraceFormat.ServeGen.CLIENT),
                whole(cells, TraceFormat.ServeGen.INPUT),
                whole(cells, TraceFormat.ServeGen.OUTPUT));
        return new TraceEvent(number, body, at.truncatedTo(ChronoUnit.MICROS));
    }

    private TraceEvent csv(long number, String line) throws MalformedLine {
        List<String> cells;
        try (var parser = CSVFormat.RFC4180.parse(new StringReader(line))) {
            List<CSVRecord> records = parser.getRecords();
            cells = records.isEmpty() ? List.of() : records.get(0).toList();
        } catch (IOException | RuntimeException e) {
            throw new MalformedLine("not CSV: " + shortened(line));
        }
        checkCount(cells);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < columns.size(); i++) {
            String value = cells.get(i);
            String name = columns.get(i);
            if (value.isEmpty()) {
                continue;
            }
            if (NUMBERS.contains(name)) {
                body.put(name, parseWhole(name, value));
            } else if (name.equals("metadata")) {
                body.set(name, object(value));
            } else {
                body.put(name, value);
            }
        }
        return new TraceEvent(number, body, takeTime(body));
    }

    private static TraceEvent ndjson(long number, String line) throws MalformedLine {
        ObjectNode body = object(line);
        return new TraceEvent(number, body, takeTime(body));
    }

    private static ObjectNode object(String text) throws MalformedLine {
        try {
            JsonNode json = JSON.readTree(text);
            if (json instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw new MalformedLine("not JSON: " + shortened(text));
        }
        throw new MalformedLine("not a JSON object: " + shortened(text));
    }

    /** Moves {@code ts} from the body into an instant; what is no time stays, for the gateway to reject. */
    private static @Nullable Instant takeTime(ObjectNode body) {
        JsonNode ts = body.get("ts");
        if (ts == null || !ts.isTextual()) {
            return null;
        }
        try {
            Instant at = EpochMicros.toInstant(Rfc3339.parseMicros(ts.asText()));
            body.remove("ts");
            return at;
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static ObjectNode body(String userId, long tokensIn, long tokensOut) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("user_id", userId)
                .put("tokens_in", tokensIn)
                .put("tokens_out", tokensOut);
    }

    private List<String> cells(String line) throws MalformedLine {
        List<String> cells = List.of(line.strip().split(",", -1));
        checkCount(cells);
        return cells;
    }

    private void checkCount(List<String> cells) throws MalformedLine {
        if (cells.size() != columns.size()) {
            throw new MalformedLine(cells.size() + " columns where the header has " + columns.size());
        }
    }

    private String cell(List<String> cells, String column) {
        return cells.get(columns.indexOf(column));
    }

    private long whole(List<String> cells, String column) throws MalformedLine {
        return parseWhole(column, cell(cells, column));
    }

    private static long parseWhole(String column, String text) throws MalformedLine {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw new MalformedLine(column + " is not a whole number: " + shortened(text));
        }
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
