package io.ecomind.usage;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The days of an organisation: each begins at its midnight in the time zone that applies to it. Immutable.
 *
 * <p>The time zone is effective-dated by local date; before the first one, and without any, days are those of UTC. Days
 * follow one another without gap or overlap. So a day is longer than 25 hours when the organisation moves to a zone further
 * west on the next, and shorter than 23 when it moves east; a move east by more than a day leaves a day without any moment,
 * as does a zone that skips a date.
 */
public final class OrganisationCalendar {
    /** Not ZoneOffset.UTC, whose id is Z. */
    private static final ZoneId WITHOUT_ZONE = ZoneId.of("UTC");

    /** Offsets are from -18 to +18 hours, so only the next two midnights can come before the one of a day. */
    private static final int MIDNIGHTS_OUT_OF_ORDER = 2;

    private final NavigableMap<LocalDate, ZoneId> zones;

    /** @param zones the time zones of the organisation, each by the first local date to which it applies */
    public OrganisationCalendar(NavigableMap<LocalDate, ZoneId> zones) {
        this.zones = new TreeMap<>(zones);
    }

    /**
     * The calendar of zones by their names. A name that is no zone is left out, and the zone before it goes on: the
     * organisation's events are counted all the same, and nobody else's wait for it.
     *
     * @param names each by the first local date to which it applies
     * @param onUnknown told each name that is left out
     */
    public static OrganisationCalendar ofNames(Map<LocalDate, String> names, Consumer<String> onUnknown) {
        NavigableMap<LocalDate, ZoneId> zones = new TreeMap<>();
        names.forEach((from, name) -> {
            try {
                zones.put(from, ZoneId.of(name));
            } catch (DateTimeException unknown) {
                onUnknown.accept(name);
            }
        });
        return new OrganisationCalendar(zones);
    }

    /** The time zone that applies to a day. */
    public ZoneId zoneOf(LocalDate date) {
        Map.Entry<LocalDate, ZoneId> zone = zones.floorEntry(date);
        return zone == null ? WITHOUT_ZONE : zone.getValue();
    }

    /** The first moment of a day; that of the next one when the day is empty. */
    public Instant startOf(LocalDate date) {
        Instant start = midnight(date);
        LocalDate change = zones.higherKey(date);
        if (change == null || change.isAfter(date.plusDays(MIDNIGHTS_OUT_OF_ORDER))) {
            return start;
        }
        for (int i = 1; i <= MIDNIGHTS_OUT_OF_ORDER; i++) {
            Instant later = midnight(date.plusDays(i));
            start = later.isBefore(start) ? later : start;
        }
        return start;
    }

    /** The date of a moment: that of the last day whose midnight has passed. */
    public LocalDate dateOf(Instant moment) {
        // No offset reaches 24 hours.
        LocalDate date = LocalDate.ofInstant(moment, ZoneOffset.UTC).plusDays(1);
        while (midnight(date).isAfter(moment)) {
            date = date.minusDays(1);
        }
        return date;
    }

    /** The day that a moment belongs to. */
    public LocalDay dayOf(Instant moment) {
        LocalDate date = dateOf(moment);
        return new LocalDay(date, startOf(date), startOf(date.plusDays(1)));
    }

    private Instant midnight(LocalDate date) {
        return date.atStartOfDay(zoneOf(date)).toInstant();
    }
}
