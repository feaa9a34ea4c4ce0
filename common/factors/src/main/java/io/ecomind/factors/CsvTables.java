package io.ecomind.factors;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Reads the files of a set row by row and collects what is wrong with them, to a limit. Used once, by one thread. */
final class CsvTables {
    private static final int MAX_PROBLEMS = 100;
    private static final CSVFormat FORMAT = CSVFormat.RFC4180;

    private final UnaryOperator<String> files;
    private final List<String> problems = new ArrayList<>();
    private final CsvRow.Citations citations = new CsvRow.Citations();

    /** Takes one row; what it throws as an IllegalArgumentException is a problem of that row. */
    interface RowConsumer {
        void accept(CsvRow row);
    }

    /** @param files the text of a file by its name */
    CsvTables(UnaryOperator<String> files) {
        this.files = files;
    }

    /** What was wrong so far, each with file and line. */
    List<String> problems() {
        return problems;
    }

    /** Notes what is wrong with the files as a whole. */
    void problem(String what) {
        problems.add(what);
    }

    /** All rows of a file that must have this header. */
    void each(String file, String header, RowConsumer consumer) {
        String text = files.apply(file);
        if (text.startsWith("\uFEFF")) {
            problem(file, 1, "the file must not begin with a byte order mark");
            return;
        }
        int carriageReturn = text.indexOf('\r');
        if (carriageReturn >= 0) {
            long line = text.substring(0, carriageReturn)
                            .chars()
                            .filter(c -> c == '\n')
                            .count()
                    + 1;
            problem(file, line, "lines must end with LF alone, not with CR LF");
            return;
        }
        if (!text.isEmpty() && !text.endsWith("\n")) {
            problem(file, text.lines().count(), "the last line must end with LF");
        }
        long line = 1;
        try (CSVParser parser = FORMAT.parse(new StringReader(text))) {
            List<String> names = List.of(header.split(","));
            boolean first = true;
            Map<String, Long> seen = new HashMap<>();
            for (CSVRecord record : parser) {
                List<String> values = Arrays.asList(record.values());
                if (first) {
                    first = false;
                    if (!values.equals(names)) {
                        problem(file, line, "the header must be " + header);
                        return;
                    }
                } else if (values.size() != names.size()) {
                    problem(file, line, "a row must have " + names.size() + " fields, was " + values.size());
                } else {
                    // One text takes a third of the memory of its fields, and a grid may have very many rows.
                    Long before = seen.putIfAbsent(String.join("\0", values), line);
                    if (before != null) {
                        problem(file, line, "the row is there already, in line " + before);
                    } else {
                        accept(file, line, consumer, new CsvRow(line, names, values, citations));
                    }
                }
                line = parser.getCurrentLineNumber() + 1;
            }
            if (first) {
                problem(file, 1, "the header must be " + header);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (UncheckedIOException e) {
            problem(file, line, "no RFC 4180 CSV: " + e.getMessage());
        }
    }

    private void accept(String file, long line, RowConsumer consumer, CsvRow row) {
        try {
            consumer.accept(row);
        } catch (IllegalArgumentException e) {
            problem(file, line, String.valueOf(e.getMessage()));
        }
    }

    /** Notes what is wrong with a line. */
    void problem(String file, long line, String what) {
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(file + ":" + line + ": " + what);
        } else if (problems.size() == MAX_PROBLEMS) {
            problems.add("and more");
        }
    }
}
