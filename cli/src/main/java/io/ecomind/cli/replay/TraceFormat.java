package io.ecomind.cli.replay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The kinds of file that can be replayed. */
public enum TraceFormat {
    /** Azure LLM inference traces 2023: {@code TIMESTAMP,ContextTokens,GeneratedTokens}, UTC without a zone. */
    AZURE,
    /** Mooncake: {@code timestamp_ms,input_length,output_length,n_prefix_blocks}, milliseconds from the start. */
    MOONCAKE,
    /** ServeGen: {@code ts_s,client_id,input_tokens,output_tokens}, seconds from the start of a day. */
    SERVEGEN,
    /** A header of the wire's field names; no line breaks inside quotes. */
    CSV,
    /** One object a line, as on the wire. */
    NDJSON;

    private static final Set<String> WIRE_FIELDS = Set.of("user_id", "provider", "tokens_in", "tokens_out");

    /** The format whose columns the first line of a file names. */
    static Optional<TraceFormat> guess(String firstLine) {
        String line = firstLine.strip();
        if (line.startsWith("{")) {
            return Optional.of(NDJSON);
        }
        List<String> columns = List.of(line.split(",", -1));
        if (columns.containsAll(Azure.COLUMNS)) {
            return Optional.of(AZURE);
        }
        if (columns.containsAll(Mooncake.COLUMNS)) {
            return Optional.of(MOONCAKE);
        }
        if (columns.containsAll(ServeGen.COLUMNS)) {
            return Optional.of(SERVEGEN);
        }
        return columns.stream().anyMatch(WIRE_FIELDS::contains) ? Optional.of(CSV) : Optional.empty();
    }

    /** True when the first line of a file, plain or gzip, names columns that replay knows. */
    public static boolean isCsv(Path file) throws IOException {
        try (var lines = new InputLines(Files.newInputStream(file))) {
            InputLine first = lines.next();
            String text = first == null ? null : first.text();
            return text != null
                    && guess(text).filter(format -> format != NDJSON).isPresent();
        }
    }

    /** True when the file gives distances from its own start and no dates. */
    boolean hasOffsetsOnly() {
        return this == MOONCAKE || this == SERVEGEN;
    }

    /** True when the events are the wire's own, with their own times and names. */
    boolean isWire() {
        return this == CSV || this == NDJSON;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Column names of the Azure traces. */
    static final class Azure {
        static final String TIMESTAMP = "TIMESTAMP";
        static final String INPUT = "ContextTokens";
        static final String OUTPUT = "GeneratedTokens";
        static final List<String> COLUMNS = List.of(TIMESTAMP, INPUT, OUTPUT);

        private Azure() {}
    }

    /** Column names of the Mooncake traces. */
    static final class Mooncake {
        static final String TIMESTAMP = "timestamp_ms";
        static final String INPUT = "input_length";
        static final String OUTPUT = "output_length";
        static final String PREFIX_BLOCKS = "n_prefix_blocks";
        static final List<String> COLUMNS = List.of(TIMESTAMP, INPUT, OUTPUT);

        private Mooncake() {}
    }

    /** Column names of the ServeGen traces. */
    static final class ServeGen {
        static final String TIMESTAMP = "ts_s";
        static final String CLIENT = "client_id";
        static final String INPUT = "input_tokens";
        static final String OUTPUT = "output_tokens";
        static final List<String> COLUMNS = List.of(TIMESTAMP, CLIENT, INPUT, OUTPUT);

        private ServeGen() {}
    }
}
