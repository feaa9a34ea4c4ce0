package io.ecomind.factors;

import io.ecomind.footprint.SetRow;
import io.ecomind.footprint.SetRow.Resolution;
import io.ecomind.footprint.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Figures of the grid that somebody brings along: RFC 4180 CSV, UTF-8, LF. Immutable. Read whole or not at all.
 *
 * @param name of the file, without its folder
 * @param sha256 of its bytes, in hexadecimal
 * @param rows at least one, in the order of the file
 */
public record GridFile(String name, String sha256, List<GridRow> rows) {
    static final int MAX_ROWS = 2_000_000;
    static final long MAX_BYTES = 256L * 1024 * 1024;
    private static final int MAX_TEXT = 1_000;
    private static final int MAX_PROBLEMS = 100;
    private static final int NEAR = 3;
    private static final int PROGRESS_EVERY = 10_000;

    private static final List<String> COLUMNS = List.of("zone", "start", "resolution", "gco2e_per_kwh", "source");
    private static final String LICENCE = "licence";
    private static final String NO_LICENCE = "not stated";
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,15}(\\.[0-9]{1,20})?");
    private static final Pattern HOUR = Pattern.compile("\\d{4}-\\d{2}-\\d{2}T(?:[01]\\d|2[0-3]):00:00Z");
    private static final Pattern MONTH = Pattern.compile("(\\d{4}-\\d{2})(?:-01)?");
    private static final Pattern YEAR = Pattern.compile("(\\d{4})(?:-01(?:-01)?)?");

    /** What only one row may have. */
    record Key(String zone, long startSecond, Resolution resolution) {}

    /**
     * A figure.
     *
     * @param zone as the base set spells it
     * @param value gCO2e per kWh as it was written
     */
    public record GridRow(
            String zone, Instant start, Resolution resolution, String value, String source, String licence) {
        Key key() {
            return new Key(zoneKey(zone), start.getEpochSecond(), resolution);
        }
    }

    /** As zones are compared. */
    static String zoneKey(String zone) {
        return zone.strip().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Reads and checks a file against the zones that a base set knows.
     *
     * @param progress hears how many rows have been read
     * @throws FactorSetException with up to 100 problems, each with file, line, field, value and limit
     */
    public static GridFile read(Path path, FactorSetFiles base, LongConsumer progress)
            throws IOException, FactorSetException {
        String name = String.valueOf(path.getFileName());
        long size = Files.size(path);
        if (size > MAX_BYTES) {
            throw new FactorSetException(
                    List.of(name + ": the file must have at most " + MAX_BYTES + " bytes, has " + size));
        }
        return read(name, Files.readAllBytes(path), base, progress);
    }

    /** The same for what is in memory. */
    public static GridFile read(String name, byte[] bytes, FactorSetFiles base, LongConsumer progress)
            throws FactorSetException {
        return read(name, bytes, base, MAX_ROWS, progress);
    }

    static GridFile read(String name, byte[] bytes, FactorSetFiles base, int maxRows, LongConsumer progress)
            throws FactorSetException {
        return new Reader(name, bytes, GridImport.knownZones(base), maxRows, progress).read();
    }

    /** One reading. */
    private static final class Reader {
        private final String name;
        private final byte[] bytes;
        private final Map<String, String> known;
        private final int maxRows;
        private final LongConsumer progress;
        private final List<String> problems = new ArrayList<>();
        private final List<GridRow> rows = new ArrayList<>();
        private final Map<Key, Long> lines = new HashMap<>();

        /** One text for the many rows that share it. */
        private final Map<String, String> texts = new HashMap<>();

        Reader(String name, byte[] bytes, Map<String, String> known, int maxRows, LongConsumer progress) {
            this.name = name;
            this.bytes = bytes;
            this.known = known;
            this.maxRows = maxRows;
            this.progress = progress;
        }

        GridFile read() throws FactorSetException {
            if (isText()) {
                rows();
            }
            if (problems.isEmpty() && rows.isEmpty()) {
                problem(1, "the file must have at least one row beside its header");
            }
            if (!problems.isEmpty()) {
                throw new FactorSetException(problems);
            }
            return new GridFile(name, sha256(), List.copyOf(rows));
        }

        private boolean isText() {
            if (bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF) {
                problem(1, "the file must not begin with a byte order mark");
                return false;
            }
            long line = 1;
            for (byte b : bytes) {
                if (b == '\r') {
                    problem(line, "lines must end with LF alone, not with CR LF");
                    return false;
                }
                if (b == '\n') {
                    line++;
                }
            }
            return true;
        }

        private void rows() {
            // The decoder of a reader that is made from a charset replaces what it cannot read; this one refuses it.
            var decoder = StandardCharsets.UTF_8.newDecoder();
            long line = 1;
            try (var text = new InputStreamReader(new ByteArrayInputStream(bytes), decoder);
                    CSVParser parser = CSVFormat.RFC4180.parse(text)) {
                boolean first = true;
                boolean licences = false;
                for (CSVRecord record : parser) {
                    if (first) {
                        first = false;
                        licences = record.size() == COLUMNS.size() + 1;
                        if (!header(record)) {
                            return;
                        }
                    } else if (lines.size() == maxRows) {
                        problem(line, "the file must have at most " + maxRows + " rows");
                        return;
                    } else {
                        row(line, record, licences);
                    }
                    line = parser.getCurrentLineNumber() + 1;
                }
                if (first) {
                    problem(
                            1,
                            "the header must be " + String.join(",", COLUMNS) + " (and ," + LICENCE + " if you like)");
                }
            } catch (CharacterCodingException e) {
                problem(line, "the file must be UTF-8");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (UncheckedIOException e) {
                problem(
                        line,
                        e.getCause() instanceof CharacterCodingException
                                ? "the file must be UTF-8"
                                : "no RFC 4180 CSV: " + e.getMessage());
            }
        }

        private boolean header(CSVRecord record) {
            List<String> names = List.of(record.values());
            List<String> withLicence = new ArrayList<>(COLUMNS);
            withLicence.add(LICENCE);
            boolean right = names.equals(COLUMNS) || names.equals(withLicence);
            if (!right) {
                problem(
                        1,
                        "the header must be " + String.join(",", COLUMNS) + " (and ," + LICENCE + " if you like), was '"
                                + String.join(",", names) + "'");
            }
            return right;
        }

        private void row(long line, CSVRecord record, boolean licences) {
            int columns = COLUMNS.size() + (licences ? 1 : 0);
            if (record.size() != columns) {
                problem(line, "a row must have " + columns + " fields, has " + record.size());
                return;
            }
            try {
                Resolution resolution = resolution(record.get(2));
                var row = new GridRow(
                        zone(record.get(0)),
                        start(record.get(1), resolution),
                        resolution,
                        number(record.get(3)),
                        text("source", record.get(4)),
                        licences ? text(LICENCE, record.get(5)) : NO_LICENCE);
                Long before = lines.putIfAbsent(row.key(), line);
                if (before != null) {
                    problem(
                            line,
                            "zone, start and resolution are there already, in line " + before + ": " + row.zone() + ", "
                                    + record.get(1) + ", " + record.get(2));
                    return;
                }
                rows.add(row);
                if (rows.size() % PROGRESS_EVERY == 0) {
                    progress.accept(rows.size());
                }
            } catch (IllegalArgumentException e) {
                problem(line, String.valueOf(e.getMessage()));
            }
        }

        private String zone(String value) {
            String zone = known.get(zoneKey(value));
            if (zone == null || !value.equals(value.strip())) {
                throw new IllegalArgumentException(
                        "zone must be a region, a zone or a country (three letters) of the base set, was '"
                                + shown(value) + "'" + near(value));
            }
            return zone;
        }

        /** Those that differ in the fewest letters, the country of a two-letter code first. */
        private String near(String value) {
            String key = zoneKey(value);
            List<String> near = new ArrayList<>();
            if (key.length() == 2) {
                try {
                    String country = known.get(
                            zoneKey(new Locale.Builder().setRegion(key).build().getISO3Country()));
                    if (country != null) {
                        near.add(country);
                    }
                } catch (IllegalArgumentException | MissingResourceException notACountry) {
                    // Then it is near to other names only.
                }
            }
            if (near.isEmpty() && !key.isEmpty() && key.length() <= 40) {
                known.entrySet().stream()
                        .map(entry -> Map.entry(distance(key, entry.getKey()), entry.getValue()))
                        .filter(entry -> entry.getKey() <= Math.max(1, key.length() / 3))
                        .sorted(Map.Entry.<Integer, String>comparingByKey().thenComparing(Map.Entry.comparingByValue()))
                        .limit(NEAR)
                        .forEach(entry -> near.add(entry.getValue()));
            }
            return near.isEmpty() ? "" : "; near: " + String.join(", ", near);
        }

        private String number(String value) {
            if (!NUMBER.matcher(value).matches()) {
                throw new IllegalArgumentException(
                        "gco2e_per_kwh must be a plain decimal number, was '" + shown(value) + "'");
            }
            double number = Double.parseDouble(value);
            if (!(number > 0 && number <= SetRow.Grid.MAX_GRAMS)) {
                throw new IllegalArgumentException("gco2e_per_kwh must be above 0 and at most "
                        + Math.round(SetRow.Grid.MAX_GRAMS) + ", was " + value);
            }
            return value;
        }

        private String text(String field, String value) {
            if (value.isBlank()) {
                throw new IllegalArgumentException(field + " must not be empty");
            }
            if (!value.equals(value.strip())) {
                throw new IllegalArgumentException(
                        field + " must not begin or end with a space, was '" + shown(value) + "'");
            }
            if (value.length() > MAX_TEXT) {
                throw new IllegalArgumentException(
                        field + " must have at most " + MAX_TEXT + " characters, has " + value.length());
            }
            return texts.computeIfAbsent(value, v -> v);
        }

        private void problem(long line, String what) {
            if (problems.size() < MAX_PROBLEMS) {
                problems.add(name + ":" + line + ": " + what);
            } else if (problems.size() == MAX_PROBLEMS) {
                problems.add("and more");
            }
        }

        private String sha256() {
            return HexFormat.of().formatHex(Sha256.of(bytes));
        }
    }

    private static Resolution resolution(String value) {
        return switch (value) {
            case "hour" -> Resolution.HOUR;
            case "month" -> Resolution.MONTH;
            case "year" -> Resolution.YEAR;
            default ->
                throw new IllegalArgumentException(
                        "resolution must be hour, month or year, was '" + shown(value) + "'");
        };
    }

    private static Instant start(String value, Resolution resolution) {
        try {
            switch (resolution) {
                case HOUR -> {
                    if (HOUR.matcher(value).matches()) {
                        return CsvRow.hour(value);
                    }
                }
                case MONTH -> {
                    var month = MONTH.matcher(value);
                    if (month.matches()) {
                        return midnight(month.group(1) + "-01");
                    }
                }
                case YEAR -> {
                    var year = YEAR.matcher(value);
                    if (year.matches()) {
                        return midnight(year.group(1) + "-01-01");
                    }
                }
            }
        } catch (DateTimeException notADate) {
            throw new IllegalArgumentException("start must be a date that exists, was '" + value + "'", notADate);
        }
        throw new IllegalArgumentException("start must be the beginning of its "
                + switch (resolution) {
                    case HOUR -> "hour in UTC, such as 2026-08-01T13:00:00Z";
                    case MONTH -> "month, such as 2026-08-01 or 2026-08";
                    case YEAR -> "year, such as 2026-01-01 or 2026";
                }
                + ", was '" + shown(value) + "'");
    }

    private static Instant midnight(String date) {
        return LocalDate.parse(date).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** What somebody sent must not fill the terminal. */
    private static String shown(String value) {
        boolean cut = value.codePointCount(0, value.length()) > 60;
        return cut ? value.substring(0, value.offsetByCodePoints(0, 60)) + "…" : value;
    }

    /** How many letters must be put in, left out or changed. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j], row[j - 1]) + 1, diagonal + change);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
