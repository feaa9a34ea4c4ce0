package io.ecomind.factors;

import io.ecomind.footprint.Citation;
import io.ecomind.footprint.price.DayWindow;
import io.ecomind.footprint.price.PriceAlias;
import io.ecomind.footprint.price.PriceClass;
import io.ecomind.footprint.price.PriceRates;
import io.ecomind.footprint.price.PriceRow;
import io.ecomind.footprint.price.PriceSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the files of a price set and collects what is wrong with them. Used once. */
final class PriceSetReader {
    private static final Pattern USD = Pattern.compile("([0-9]{1,7})(?:\\.([0-9]{1,9}))?");
    private static final Pattern HOURS = Pattern.compile("([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})");
    private static final String CLASSES =
            Arrays.stream(PriceClass.values()).map(PriceClass::column).collect(Collectors.joining(","));

    private final CsvTables tables;
    private final Map<String, Citation> sources = new HashMap<>();

    PriceSetReader(PriceSetFiles files) {
        this.tables = new CsvTables(files::text);
    }

    PriceSet read() throws FactorSetException {
        List<PriceSet.Builder> heads = new ArrayList<>();
        tables.each("set.csv", "id,replaces,reason", row -> {
            if (!heads.isEmpty()) {
                throw new IllegalArgumentException("the file must have one row");
            }
            heads.add(new PriceSet.Builder(row.text("id"), row.text("replaces"), row.text("reason")));
        });
        if (heads.isEmpty()) {
            if (tables.problems().isEmpty()) {
                tables.problem("set.csv: the file must have one row");
            }
            throw new FactorSetException(tables.problems());
        }
        PriceSet.Builder set = heads.get(0);
        tables.each("sources.csv", "id,title,url,licence", row -> {
            String url = row.text("url");
            var citation = new Citation(
                    url.isEmpty() ? row.text("title") : row.text("title") + "; " + url, row.text("licence"));
            if (sources.put(row.text("id"), citation) != null) {
                throw new IllegalArgumentException("id " + row.text("id") + " is there twice");
            }
        });
        tables.each("sellers.csv", "alias,seller", row -> set.seller(row.text("alias"), row.text("seller")));
        tables.each("prefixes.csv", "seller,prefix", row -> set.prefix(row.text("seller"), row.text("prefix")));
        tables.each(
                "prices.csv",
                "seller,model,batch,above,valid_from,valid_to,hours," + CLASSES + ",source",
                row -> set.add(new PriceRow(
                        row.text("seller"),
                        row.text("model"),
                        isBatch(row.text("batch")),
                        row.text("above").isEmpty() ? 0 : row.whole("above"),
                        row.validity(),
                        hours(row.text("hours")),
                        rates(row),
                        source(row.text("source")))));
        tables.each(
                "aliases.csv",
                "seller,alias,model,source",
                row -> set.add(new PriceAlias(
                        row.text("seller"), row.text("alias"), row.text("model"), source(row.text("source")))));
        if (!tables.problems().isEmpty()) {
            throw new FactorSetException(tables.problems());
        }
        try {
            return set.build();
        } catch (IllegalArgumentException e) {
            throw new FactorSetException(List.of(String.valueOf(e.getMessage())));
        }
    }

    private static boolean isBatch(String value) {
        if (!value.isEmpty() && !value.equals("batch")) {
            throw new IllegalArgumentException("batch must be empty or batch, was '" + value + "'");
        }
        return !value.isEmpty();
    }

    private static DayWindow hours(String value) {
        if (value.isEmpty()) {
            return DayWindow.ALL_DAY;
        }
        Matcher matcher = HOURS.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("hours must be empty or HH:MM-HH:MM, was '" + value + "'");
        }
        return new DayWindow(minute(matcher.group(1), matcher.group(2)), minute(matcher.group(3), matcher.group(4)));
    }

    private static int minute(String hours, String minutes) {
        int minute = Integer.parseInt(minutes);
        if (minute > 59) {
            throw new IllegalArgumentException("hours must have minutes up to 59, was " + minute);
        }
        return Integer.parseInt(hours) * 60 + minute;
    }

    private static PriceRates rates(CsvRow row) {
        Map<PriceClass, Long> rates = new EnumMap<>(PriceClass.class);
        for (PriceClass priced : PriceClass.values()) {
            String value = row.text(priced.column());
            if (!value.isEmpty()) {
                rates.put(priced, nanoUsd(priced.column(), value));
            }
        }
        return PriceRates.of(rates);
    }

    /** Exact: the file has USD with up to nine decimals. */
    private static long nanoUsd(String field, String value) {
        Matcher matcher = USD.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    field + " must be USD per million with up to 9 decimals, was '" + value + "'");
        }
        String decimals = matcher.group(2) == null ? "" : matcher.group(2);
        return Long.parseLong(matcher.group(1) + decimals + "0".repeat(9 - decimals.length()));
    }

    private Citation source(String ids) {
        return sources.computeIfAbsent(ids, joined -> {
            List<String> titles = new ArrayList<>();
            List<String> licences = new ArrayList<>();
            for (String id : joined.split("\\+", -1)) {
                Citation citation = sources.get(id);
                if (citation == null) {
                    throw new IllegalArgumentException("source must be an id of sources.csv, was '" + id + "'");
                }
                titles.add(citation.source());
                licences.add(citation.licence());
            }
            return new Citation(
                    String.join("; with ", titles), licences.stream().distinct().collect(Collectors.joining("; ")));
        });
    }
}
