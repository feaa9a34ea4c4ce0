package io.ecomind.factors;

import io.ecomind.footprint.Citation;
import io.ecomind.footprint.DataCentre;
import io.ecomind.footprint.FactorRow;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.Methodology;
import io.ecomind.footprint.ModelParameters;
import io.ecomind.footprint.Range;
import io.ecomind.footprint.SetRow;
import io.ecomind.footprint.Validity;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Reads the files of a set and collects what is wrong with them. Used once. */
final class FactorSetReader {
    private static final int MAX_PROBLEMS = 100;
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,15}(\\.[0-9]{1,20})?");
    private static final Pattern HOUR = Pattern.compile("\\d{4}-\\d{2}-\\d{2}T\\d{2}:00:00Z");
    private static final CSVFormat FORMAT = CSVFormat.RFC4180;

    // java.time reads more, such as years of ten digits, which do not fit into microseconds.
    private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final Pattern MOMENT = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");

    private final FactorSetFiles files;
    private final List<String> problems = new ArrayList<>();

    /** One citation for the many rows that share it. */
    private final Map<Citation, Citation> citations = new HashMap<>();

    private final SortedMap<Long, SetRow.Alias> aliases = new TreeMap<>();

    FactorSetReader(FactorSetFiles files) {
        this.files = files;
    }

    FactorSet read() throws FactorSetException {
        List<FactorSet.Builder> heads = new ArrayList<>();
        each("set.csv", "id,methodology,replaces,reason", row -> {
            if (!heads.isEmpty()) {
                throw new IllegalArgumentException("the file must have one row");
            }
            heads.add(new FactorSet.Builder(
                    row.text("id"), Methodology.of(row.text("methodology")), row.text("replaces"), row.text("reason")));
        });
        if (heads.isEmpty()) {
            if (problems.isEmpty()) {
                problems.add("set.csv: the file must have one row");
            }
            throw new FactorSetException(problems);
        }
        FactorSet.Builder set = heads.get(0);
        each(
                "providers.csv",
                "provider,zone,pue_min,pue_max,wue_min,wue_max,evidence_tier,valid_from,valid_to,source,licence",
                row -> set.add(new SetRow.Provider(
                        row.text("provider"),
                        row.text("zone"),
                        new DataCentre(row.range("pue_min", "pue_max"), row.range("wue_min", "wue_max")),
                        row.whole("evidence_tier"),
                        row.validity(),
                        row.citation())));
        each(
                "provider_aliases.csv",
                "alias,provider,source,licence",
                row -> set.add(new SetRow.ProviderAlias(row.text("alias"), row.text("provider"), row.citation())));
        each(
                "models.csv",
                "provider,model,basis,active_b_min,active_b_max,total_b_min,total_b_max,tps,ttft_s,evidence_tier,"
                        + "valid_from,valid_to,source,licence",
                row -> set.add(new FactorRow.Parametric(
                        row.text("provider"),
                        row.text("model"),
                        row.text("basis"),
                        new ModelParameters(
                                row.range("active_b_min", "active_b_max"),
                                row.range("total_b_min", "total_b_max"),
                                row.speed("tps"),
                                row.optional("ttft_s")),
                        row.whole("evidence_tier"),
                        row.validity(),
                        row.citation())));
        each(
                "per_call.csv",
                "provider,model,basis,kwh_low,kwh_mid,kwh_high,pue,water_l_per_kwh,co2_kg_per_kwh,evidence_tier,"
                        + "valid_from,valid_to,source,licence",
                row -> set.add(new FactorRow.Flat(
                        row.text("provider"),
                        row.text("model"),
                        row.text("basis"),
                        row.number("kwh_low"),
                        row.number("kwh_mid"),
                        row.number("kwh_high"),
                        row.number("pue"),
                        row.number("water_l_per_kwh"),
                        row.number("co2_kg_per_kwh"),
                        row.whole("evidence_tier"),
                        row.validity(),
                        row.citation())));
        each("aliases.csv", "provider,alias,target_provider,target_model,source,licence", row -> {
            var alias = new SetRow.Alias(
                    row.text("provider"),
                    row.text("alias"),
                    row.text("target_provider"),
                    row.text("target_model"),
                    row.citation());
            set.add(alias);
            aliases.put(row.line, alias);
        });
        each(
                "prefixes.csv",
                "prefix,provider,source,licence",
                row -> set.add(new SetRow.Prefix(row.text("prefix"), row.text("provider"), row.citation())));
        each(
                "classes.csv",
                "class,provider,pattern,active_b_min,active_b_max,total_b_min,total_b_max,evidence_tier,"
                        + "valid_from,valid_to,source,licence",
                row -> set.add(new SetRow.ModelClass(
                        row.text("class"),
                        row.text("provider"),
                        row.text("pattern"),
                        new ModelParameters(
                                row.range("active_b_min", "active_b_max"),
                                row.range("total_b_min", "total_b_max"),
                                0,
                                0),
                        row.whole("evidence_tier"),
                        row.validity(),
                        row.citation())));
        each(
                "regions.csv",
                "region,cloud,zone,country,source,licence",
                row -> set.add(new SetRow.Region(
                        row.text("region"), row.text("cloud"), row.text("zone"), row.text("country"), row.citation())));
        each(
                "grid.csv",
                "zone,start,resolution,gco2e_per_kwh,source,licence",
                row -> set.add(new SetRow.Grid(
                        row.text("zone"),
                        row.moment("start"),
                        row.resolution("resolution"),
                        row.number("gco2e_per_kwh"),
                        row.citation())));
        each(
                "water.csv",
                "zone,offsite_wue_l_per_kwh,source,licence",
                row -> set.add(
                        new SetRow.Water(row.text("zone"), row.number("offsite_wue_l_per_kwh"), row.citation())));
        if (problems.isEmpty()) {
            // Only now: a row that was refused above would make its aliases look wrong too.
            aliases.forEach((line, alias) -> {
                if (!set.lists(alias.targetProvider(), alias.targetModel())) {
                    problem(
                            "aliases.csv",
                            line,
                            "target_model must be listed, was " + alias.targetProvider() + "/" + alias.targetModel());
                }
            });
        }
        if (!problems.isEmpty()) {
            throw new FactorSetException(problems);
        }
        try {
            return set.build();
        } catch (IllegalArgumentException e) {
            throw new FactorSetException(List.of(String.valueOf(e.getMessage())));
        }
    }

    private interface RowConsumer {
        void accept(CsvRow row);
    }

    private void each(String file, String header, RowConsumer consumer) {
        String text = files.text(file);
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
                        accept(file, line, consumer, new CsvRow(line, names, values));
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

    /** A full hour, yyyy-MM-ddTHH:00:00Z. */
    static Instant hour(String text) {
        var date = LocalDate.of(
                Integer.parseInt(text, 0, 4, 10), Integer.parseInt(text, 5, 7, 10), Integer.parseInt(text, 8, 10, 10));
        return date.atTime(Integer.parseInt(text, 11, 13, 10), 0).toInstant(ZoneOffset.UTC);
    }

    private void problem(String file, long line, String what) {
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(file + ":" + line + ": " + what);
        } else if (problems.size() == MAX_PROBLEMS) {
            problems.add("and more");
        }
    }

    /** One row; what cannot be read is an IllegalArgumentException that names the field. */
    private final class CsvRow {
        private final long line;
        private final List<String> names;
        private final List<String> values;

        CsvRow(long line, List<String> names, List<String> values) {
            this.line = line;
            this.names = names;
            this.values = values;
        }

        String text(String field) {
            String value = values.get(names.indexOf(field));
            if (!value.equals(value.strip())) {
                throw new IllegalArgumentException(field + " must not begin or end with a space, was '" + value + "'");
            }
            return value;
        }

        double number(String field) {
            String value = text(field);
            if (!NUMBER.matcher(value).matches()) {
                throw new IllegalArgumentException(field + " must be a plain decimal number, was '" + value + "'");
            }
            return Double.parseDouble(value);
        }

        /** 0 when empty. */
        double optional(String field) {
            return text(field).isEmpty() ? 0 : number(field);
        }

        /** 0 when empty; a 0 that is written down is impossible. */
        double speed(String field) {
            double value = optional(field);
            if (!text(field).isEmpty() && value <= 0) {
                throw new IllegalArgumentException(
                        field + " must be above 0 (or empty when unknown), was " + text(field));
            }
            return value;
        }

        int whole(String field) {
            String value = text(field);
            if (!value.matches("[0-9]{1,9}")) {
                throw new IllegalArgumentException(field + " must be a whole number, was '" + value + "'");
            }
            return Integer.parseInt(value);
        }

        Range range(String min, String max) {
            double low = number(min);
            double high = number(max);
            if (low > high) {
                throw new IllegalArgumentException(
                        min + " must not be above " + max + ", was " + text(min) + " and " + text(max));
            }
            return new Range(low, high);
        }

        Validity validity() {
            return Validity.between(date("valid_from"), date("valid_to"));
        }

        private @Nullable LocalDate date(String field) {
            String value = text(field);
            try {
                return value.isEmpty() ? null : day(value);
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException(field + " must be a date yyyy-MM-dd, was '" + value + "'", e);
            }
        }

        private static LocalDate day(String value) {
            if (!DAY.matcher(value).matches()) {
                throw new DateTimeParseException("not yyyy-MM-dd", value, 0);
            }
            return LocalDate.parse(value);
        }

        Instant moment(String field) {
            String value = text(field);
            try {
                if (HOUR.matcher(value).matches()) {
                    // The form of most rows, read several times as fast as by Instant.parse.
                    return hour(value);
                }
                return MOMENT.matcher(value).matches()
                        ? Instant.parse(value)
                        : day(value).atStartOfDay(ZoneOffset.UTC).toInstant();
            } catch (DateTimeException e) {
                throw new IllegalArgumentException(
                        field + " must be a date yyyy-MM-dd or a moment yyyy-MM-ddTHH:00:00Z, was '" + value + "'", e);
            }
        }

        SetRow.Resolution resolution(String field) {
            return switch (text(field)) {
                case "hour" -> SetRow.Resolution.HOUR;
                case "month" -> SetRow.Resolution.MONTH;
                case "year" -> SetRow.Resolution.YEAR;
                default ->
                    throw new IllegalArgumentException(field + " must be hour, month or year, was '"
                            + text(field).toLowerCase(Locale.ROOT) + "'");
            };
        }

        Citation citation() {
            return citations.computeIfAbsent(new Citation(text("source"), text("licence")), citation -> citation);
        }
    }
}
