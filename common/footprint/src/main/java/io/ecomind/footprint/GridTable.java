package io.ecomind.footprint;

import io.ecomind.footprint.Rating.GridMatch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IllformedLocaleException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Regions, the grid's intensity over time and the water behind it. Immutable once built, apart from a cache. */
final class GridTable {
    static final String WORLD = "WOR";

    /** How rows are listed: by zone, resolution and time. */
    static final Comparator<SetRow.Grid> ORDER = Comparator.comparing(SetRow.Grid::zone)
            .thenComparing(SetRow.Grid::resolution)
            .thenComparing(SetRow.Grid::start);

    /** Names of regions are the senders'; the cache must not grow with what they invent. */
    private static final int MAX_CACHED = 10_000;

    private static final long HOUR_MICROS = 3_600_000_000L;
    private static final Pattern SUBDIVISION = Pattern.compile("([a-z]{2})-[a-z0-9]{1,3}");

    private final Map<String, SetRow.Region> regions = new LinkedHashMap<>();
    private final Map<String, Series> byZone = new HashMap<>();
    private final Map<String, SetRow.Water> water = new LinkedHashMap<>();
    private final Map<String, String[]> zonesOfRegion = new ConcurrentHashMap<>();

    private static final class Series {
        private final Map<Long, SetRow.Grid> hours = new HashMap<>();
        private final Map<Integer, SetRow.Grid> months = new HashMap<>();
        private final TreeMap<Integer, SetRow.Grid> years = new TreeMap<>();
    }

    /** A figure of the grid and whose zone it is. */
    record GridHit(GridMatch match, SetRow.Grid row) {
        double kgPerKwh() {
            return row.gramsPerKwh() / 1000;
        }

        /** The resolution as ratings name it. */
        String resolution() {
            return row.resolution().name().toLowerCase(Locale.ROOT);
        }
    }

    void add(SetRow.Region row) {
        if (regions.put(key(row.region()), row) != null) {
            throw new IllegalArgumentException("region " + row.region() + " is there twice");
        }
    }

    void add(SetRow.Grid row) {
        Series series = byZone.computeIfAbsent(key(row.zone()), z -> new Series());
        SetRow.Grid before = switch (row.resolution()) {
            case HOUR -> series.hours.put(Math.floorDiv(micros(row.start()), HOUR_MICROS), row);
            case MONTH -> series.months.put(month(micros(row.start())), row);
            case YEAR -> series.years.put(month(micros(row.start())) / 12, row);
        };
        if (before != null) {
            throw new IllegalArgumentException("zone " + row.zone() + " has two rows of one "
                    + row.resolution().name().toLowerCase(Locale.ROOT) + " that starts at " + row.start());
        }
    }

    void add(SetRow.Water row) {
        if (water.put(key(row.zone()), row) != null) {
            throw new IllegalArgumentException("zone " + row.zone() + " is there twice");
        }
    }

    /**
     * Checks that the last resort is there.
     *
     * @throws IllegalArgumentException when the world's grid or water is missing
     */
    void finish() {
        Series world = byZone.get(key(WORLD));
        if (world == null || world.years.isEmpty()) {
            throw new IllegalArgumentException("zone " + WORLD + " must have a row of resolution year");
        }
        if (!water.containsKey(key(WORLD))) {
            throw new IllegalArgumentException("zone " + WORLD + " must have a row of water");
        }
        for (SetRow.Region region : regions.values()) {
            if (find(zones(region.region()), 0) == null) {
                throw new IllegalArgumentException("region " + region.region() + " has no grid: neither its zone "
                        + region.zone() + " nor its country " + region.country() + " has a row");
            }
        }
    }

    /** The figure for a moment: the finest resolution first, then the nearest zone. */
    GridHit grid(String region, String providerZone, long tsMicros) {
        SetRow.Grid row = find(zones(region), tsMicros);
        if (row != null) {
            return new GridHit(GridMatch.REGION, row);
        }
        row = find(zones(providerZone), tsMicros);
        if (row != null && !key(providerZone).equals(key(WORLD))) {
            return new GridHit(GridMatch.PROVIDER, row);
        }
        row = find(zones(WORLD), tsMicros);
        if (row == null) {
            throw new IllegalStateException("the world's grid is checked when the set is built");
        }
        return new GridHit(GridMatch.WORLD, row);
    }

    /** The figure of the event's own region only; null when there is none. */
    @Nullable
    GridHit gridOfRegion(String region, long tsMicros) {
        SetRow.Grid row = find(zones(region), tsMicros);
        return row == null ? null : new GridHit(GridMatch.REGION, row);
    }

    /** Water behind the grid that was found: of the same place, or the world's mean when the place has no row. */
    SetRow.Water water(GridMatch match, String region, String providerZone) {
        String[] zones = switch (match) {
            case REGION -> zones(region);
            case PROVIDER -> zones(providerZone);
            case WORLD, NONE -> new String[0];
        };
        for (String zone : zones) {
            SetRow.Water row = water.get(zone);
            if (row != null) {
                return row;
            }
        }
        SetRow.Water world = water.get(key(WORLD));
        if (world == null) {
            throw new IllegalStateException("the world's water is checked when the set is built");
        }
        return world;
    }

    /** Whether a region belongs to a zone, directly or through its country. */
    boolean isIn(String region, String zone) {
        for (String candidate : zones(region)) {
            if (candidate.equals(key(zone))) {
                return true;
            }
        }
        return false;
    }

    List<SetRow.Region> regions() {
        return List.copyOf(regions.values());
    }

    List<SetRow.Water> waterRows() {
        return List.copyOf(water.values());
    }

    List<SetRow.Grid> rows() {
        List<SetRow.Grid> rows = new ArrayList<>();
        byZone.values().forEach(series -> {
            rows.addAll(series.years.values());
            rows.addAll(series.months.values());
            rows.addAll(series.hours.values());
        });
        rows.sort(ORDER);
        return rows;
    }

    private SetRow.@Nullable Grid find(String[] zones, long tsMicros) {
        for (String zone : zones) {
            Series series = byZone.get(zone);
            if (series != null && !series.hours.isEmpty()) {
                SetRow.Grid row = series.hours.get(Math.floorDiv(tsMicros, HOUR_MICROS));
                if (row != null) {
                    return row;
                }
            }
        }
        int month = month(tsMicros);
        for (String zone : zones) {
            Series series = byZone.get(zone);
            if (series != null && !series.months.isEmpty()) {
                SetRow.Grid row = series.months.get(month);
                if (row != null) {
                    return row;
                }
            }
        }
        for (String zone : zones) {
            Series series = byZone.get(zone);
            if (series != null && !series.years.isEmpty()) {
                var row = series.years.floorEntry(month / 12);
                return (row == null ? series.years.firstEntry() : row).getValue();
            }
        }
        return null;
    }

    private String[] zones(String region) {
        String[] known = zonesOfRegion.get(region);
        if (known == null) {
            known = findZones(key(region));
            if (zonesOfRegion.size() >= MAX_CACHED) {
                zonesOfRegion.clear();
            }
            zonesOfRegion.put(region, known);
        }
        return known;
    }

    private String[] findZones(String region) {
        if (region.isEmpty() || region.equals("unknown")) {
            return new String[0];
        }
        Set<String> zones = new LinkedHashSet<>();
        zones.add(region);
        SetRow.Region listed = regions.get(region);
        if (listed != null) {
            zones.add(key(listed.zone()));
            zones.add(key(listed.country()));
        } else {
            var subdivision = SUBDIVISION.matcher(region);
            String country = region.length() == 2 ? alpha3(region) : null;
            if (subdivision.matches()) {
                country = alpha3(subdivision.group(1));
            }
            if (country != null) {
                zones.add(country);
            }
        }
        return zones.toArray(String[]::new);
    }

    private static @Nullable String alpha3(String alpha2) {
        try {
            return key(new Locale.Builder().setRegion(alpha2).build().getISO3Country());
        } catch (IllformedLocaleException | MissingResourceException notACountry) {
            return null;
        }
    }

    /** Months since year 0, UTC. */
    static int month(long micros) {
        // Per event, so without java.time's objects: days counted from 0000-03-01 in eras of 400 years, in which every
        // month but the last has a fixed first day.
        long days = Math.floorDiv(micros, 86_400_000_000L) + 719_468;
        long era = Math.floorDiv(days, 146_097L);
        int dayOfEra = (int) Math.floorMod(days, 146_097L);
        int yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int monthFromMarch = (5 * dayOfYear + 2) / 153;
        return (int) (era * 400 + yearOfEra) * 12 + monthFromMarch + 2;
    }

    private static long micros(Instant moment) {
        return Math.multiplyExact(moment.getEpochSecond(), 1_000_000L);
    }

    private static String key(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
