package io.ecomind.factors;

import io.ecomind.footprint.Bound;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.Rating;
import io.ecomind.footprint.SetRow.Resolution;
import io.ecomind.footprint.UsageCall;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * A factor set with another set's files and the rows of a grid file over its own. Immutable. A row replaces the base's
 * row of the same zone, start and resolution, and is added where there is none; all other files stay as they are.
 */
public final class GridImport {
    private static final String HEADER = "zone,start,resolution,gco2e_per_kwh,source,licence\n";
    private static final int MAX_ID = 64;
    private static final Pattern EARLIER_SUFFIX = Pattern.compile("-grid-[0-9a-f]{8}$");
    private static final Pattern LAST_SEPARATOR = Pattern.compile("[.-]+$");

    /** So many calls of a zone, spread evenly over its rows, are enough to say how far they move. */
    private static final int MAX_REFERENCE_CALLS = 5_000;

    private final FactorSetFiles files;
    private final FactorSet set;
    private final FactorSet before;
    private final GridFile file;
    private final int replaced;
    private final int unchanged;

    /** A zone at a resolution. */
    private record GridSeries(String zone, Resolution resolution) {
        static final Comparator<GridSeries> ORDER =
                Comparator.comparing(GridSeries::zone).thenComparing(GridSeries::resolution);
    }

    /**
     * What was read for a zone at a resolution.
     *
     * @param missing hours, months or years without a row between the first and the last
     * @param firstMissing null when none is
     */
    public record GridImportSummary(
            String zone,
            Resolution resolution,
            int rows,
            Instant first,
            Instant last,
            long missing,
            @Nullable Instant firstMissing) {}

    /**
     * How far a call of 1,000 tokens in and 300 out to openai/gpt-4o moves in a zone, at the times of the zone's rows.
     *
     * @param before kg CO2e, mean of the middle figures, by the base
     * @param after the same by the new set
     */
    public record Effect(String zone, double before, double after) {
        /** Change in percent of before. */
        public double percent() {
            return (after - before) / before * 100;
        }
    }

    private GridImport(
            FactorSetFiles files, FactorSet set, FactorSet before, GridFile file, int replaced, int unchanged) {
        this.files = files;
        this.set = set;
        this.before = before;
        this.file = file;
        this.replaced = replaced;
        this.unchanged = unchanged;
    }

    /**
     * Lays a file over a base set.
     *
     * @param id of the new set; null: the base's with the beginning of the file's hash behind it
     * @param reason null: what was read
     * @throws FactorSetException when the result is not a whole set, as with an id that cannot be one
     */
    public static GridImport of(FactorSetFiles base, GridFile file, @Nullable String id, @Nullable String reason)
            throws FactorSetException {
        FactorSet before = base.parse();
        Map<GridFile.Key, GridFile.GridRow> waiting = new HashMap<>();
        file.rows().forEach(row -> waiting.put(row.key(), row));
        var grid = new StringBuilder(HEADER);
        int replaced = 0;
        int unchanged = 0;
        for (CSVRecord record : records(base.text("grid.csv"))) {
            GridFile.GridRow row = waiting.remove(key(record));
            if (row == null) {
                append(grid, record.get(0), record.get(1), record.get(2), record.get(3), record.get(4), record.get(5));
                continue;
            }
            replaced++;
            if (says(row, record)) {
                unchanged++;
            }
            append(grid, row);
        }
        List<GridFile.GridRow> added = new ArrayList<>(waiting.values());
        added.sort(Comparator.comparing(GridFile.GridRow::zone)
                .thenComparing(GridFile.GridRow::resolution)
                .thenComparing(GridFile.GridRow::start));
        added.forEach(row -> append(grid, row));

        String newId = id == null ? defaultId(before.id(), file.sha256()) : id;
        if (newId.equals(before.id())) {
            throw new FactorSetException(List.of("id must not be the one of the base set, was '" + newId + "'"));
        }
        var head = new StringBuilder("id,methodology,replaces,reason\n");
        append(
                head,
                newId,
                before.methodology().id(),
                before.id(),
                reason == null ? defaultReason(file) : reason.strip());
        FactorSetFiles files = base.with("grid.csv", grid.toString()).with("set.csv", head.toString());
        return new GridImport(files, files.parse(), before, file, replaced, unchanged);
    }

    /** The id that an import has when none is given; the mark of an earlier import is taken off the base's. */
    public static String defaultId(String baseId, String fileSha256) {
        String suffix = "-grid-" + fileSha256.substring(0, 8);
        String stem = EARLIER_SUFFIX.matcher(baseId).replaceFirst("");
        if (stem.length() > MAX_ID - suffix.length()) {
            stem = LAST_SEPARATOR
                    .matcher(stem.substring(0, MAX_ID - suffix.length()))
                    .replaceFirst("");
        }
        return stem + suffix;
    }

    private static String defaultReason(GridFile file) {
        StringBuilder counts = new StringBuilder();
        for (Resolution resolution : Resolution.values()) {
            long rows = file.rows().stream()
                    .filter(row -> row.resolution() == resolution)
                    .count();
            if (rows > 0 || resolution != Resolution.YEAR) {
                counts.append(counts.isEmpty() ? "" : ", ")
                        .append(rows)
                        .append(' ')
                        .append(resolution.name().toLowerCase(Locale.ROOT))
                        .append(rows == 1 ? "" : "s");
            }
        }
        long zones = file.rows().stream().map(GridFile.GridRow::zone).distinct().count();
        return "Grid intensity from " + file.name() + ": " + counts + " of " + zones
                + (zones == 1 ? " zone." : " zones.");
    }

    /** Whether a set has every row of a file as it stands there. */
    public static boolean holds(FactorSetFiles files, GridFile file) {
        Map<GridFile.Key, GridFile.GridRow> waiting = new HashMap<>();
        file.rows().forEach(row -> waiting.put(row.key(), row));
        for (CSVRecord record : records(files.text("grid.csv"))) {
            GridFile.Key key = key(record);
            GridFile.GridRow row = waiting.get(key);
            if (row != null && says(row, record)) {
                waiting.remove(key);
            }
        }
        return waiting.isEmpty();
    }

    private static GridFile.Key key(CSVRecord record) {
        return new GridFile.Key(
                GridFile.zoneKey(record.get(0)),
                moment(record.get(1)).getEpochSecond(),
                Resolution.valueOf(record.get(2).toUpperCase(Locale.ROOT)));
    }

    private static boolean says(GridFile.GridRow row, CSVRecord record) {
        return row.value().equals(record.get(3))
                && row.source().equals(record.get(4))
                && row.licence().equals(record.get(5));
    }

    /** The files of the new set. */
    public FactorSetFiles files() {
        return files;
    }

    /** The new set. */
    public FactorSet set() {
        return set;
    }

    /** How many rows of the base have given way. */
    public int replaced() {
        return replaced;
    }

    /** How many of these said the same. */
    public int unchanged() {
        return unchanged;
    }

    /** How many rows the base did not have. */
    public int added() {
        return file.rows().size() - replaced;
    }

    /** What was read, by zone and resolution. */
    public List<GridImportSummary> summaries() {
        Map<GridSeries, List<GridFile.GridRow>> series = new TreeMap<>(GridSeries.ORDER);
        for (GridFile.GridRow row : file.rows()) {
            series.computeIfAbsent(new GridSeries(row.zone(), row.resolution()), s -> new ArrayList<>())
                    .add(row);
        }
        List<GridImportSummary> summaries = new ArrayList<>();
        series.forEach((key, rows) -> summaries.add(summary(key, rows)));
        return summaries;
    }

    private static GridImportSummary summary(GridSeries series, List<GridFile.GridRow> rows) {
        List<Instant> starts =
                rows.stream().map(GridFile.GridRow::start).sorted().toList();
        long missing = 0;
        Instant firstMissing = null;
        for (int i = 1; i < starts.size(); i++) {
            long steps = steps(series.resolution(), starts.get(i - 1), starts.get(i));
            if (steps > 1) {
                missing += steps - 1;
                if (firstMissing == null) {
                    firstMissing = next(series.resolution(), starts.get(i - 1));
                }
            }
        }
        return new GridImportSummary(
                series.zone(),
                series.resolution(),
                rows.size(),
                starts.get(0),
                starts.get(starts.size() - 1),
                missing,
                firstMissing);
    }

    private static long steps(Resolution resolution, Instant from, Instant to) {
        return switch (resolution) {
            case HOUR -> ChronoUnit.HOURS.between(from, to);
            case MONTH -> ChronoUnit.MONTHS.between(from.atZone(ZoneOffset.UTC), to.atZone(ZoneOffset.UTC));
            case YEAR -> ChronoUnit.YEARS.between(from.atZone(ZoneOffset.UTC), to.atZone(ZoneOffset.UTC));
        };
    }

    private static Instant next(Resolution resolution, Instant start) {
        var utc = start.atZone(ZoneOffset.UTC);
        return switch (resolution) {
            case HOUR -> utc.plusHours(1).toInstant();
            case MONTH -> utc.plusMonths(1).toInstant();
            case YEAR -> utc.plusYears(1).toInstant();
        };
    }

    /** How far a reference call moves in each zone of the file. */
    public List<Effect> effects() {
        Map<String, List<GridFile.GridRow>> zones = new TreeMap<>();
        for (GridFile.GridRow row : file.rows()) {
            zones.computeIfAbsent(row.zone(), z -> new ArrayList<>()).add(row);
        }
        List<Effect> effects = new ArrayList<>();
        zones.forEach((zone, rows) -> {
            int every = Math.max(1, rows.size() / MAX_REFERENCE_CALLS);
            double sumBefore = 0;
            double sumAfter = 0;
            int calls = 0;
            for (int i = 0; i < rows.size(); i += every) {
                long micros = rows.get(i).start().getEpochSecond() * 1_000_000L;
                sumBefore += kilograms(before, zone, micros);
                sumAfter += kilograms(set, zone, micros);
                calls++;
            }
            effects.add(new Effect(zone, sumBefore / calls, sumAfter / calls));
        });
        return effects;
    }

    private static double kilograms(FactorSet set, String zone, long micros) {
        Rating rating = set.rate(
                new UsageCall("openai", "gpt-4o", zone, null, 1_000, 300, 0, 0, 0, micros, micros),
                OrganisationFactors.NONE);
        var amounts = rating.amounts();
        return amounts == null ? Double.NaN : amounts.nanos(Quantity.CARBON, Bound.MID) / 1e12;
    }

    /** Data rows of a file that has been read without problems before. */
    static List<CSVRecord> records(String text) {
        try (CSVParser parser = CSVFormat.RFC4180.parse(new StringReader(text))) {
            List<CSVRecord> records = parser.getRecords();
            return records.subList(1, records.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Instant moment(String text) {
        if (text.length() == 20 && text.endsWith(":00:00Z")) {
            return CsvRow.hour(text);
        }
        return text.length() == 10
                ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                : Instant.parse(text);
    }

    private static void append(StringBuilder to, GridFile.GridRow row) {
        String start = row.resolution() == Resolution.HOUR
                ? row.start().toString()
                : LocalDate.ofInstant(row.start(), ZoneOffset.UTC).toString();
        append(
                to,
                row.zone(),
                start,
                row.resolution().name().toLowerCase(Locale.ROOT),
                row.value(),
                row.source(),
                row.licence());
    }

    private static void append(StringBuilder to, String... values) {
        for (int i = 0; i < values.length; i++) {
            String value = values[i];
            if (i > 0) {
                to.append(',');
            }
            boolean quoted = value.indexOf(',') >= 0 || value.indexOf('"') >= 0 || value.indexOf('\n') >= 0;
            to.append(quoted ? '"' + value.replace("\"", "\"\"") + '"' : value);
        }
        to.append('\n');
    }

    /** Zones that rows may be of, by the key they are found under: those of the base's regions and grid. */
    static Map<String, String> knownZones(FactorSetFiles base) {
        Map<String, String> known = new HashMap<>();
        for (CSVRecord region : records(base.text("regions.csv"))) {
            for (int column : new int[] {0, 2, 3}) {
                known.putIfAbsent(GridFile.zoneKey(region.get(column)), region.get(column));
            }
        }
        for (CSVRecord row : records(base.text("grid.csv"))) {
            known.put(GridFile.zoneKey(row.get(0)), row.get(0));
        }
        return known;
    }
}
