package io.ecomind.usage;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * An organisation's days. Immutable. Its time zone is effective-dated by local date; before the first zone, and without
 * any, days are those of UTC.
 */
public final class OrganisationCalendar {
    /** Not ZoneOffset.UTC, whose id is Z. */
    private static final ZoneId WITHOUT_ZONE = ZoneId.of("UTC");

    private final NavigableMap<LocalDate, ZoneId> zones;

    /** Days of an organisation whose zones are these, each from its local date on. */
    public OrganisationCalendar(NavigableMap<LocalDate, ZoneId> zones) {
        this.zones = new TreeMap<>(zones);
    }

    /** The zone that makes a day. */
    public ZoneId zoneOf(LocalDate date) {
        Map.Entry<LocalDate, ZoneId> zone = zones.floorEntry(date);
        return zone == null ? WITHOUT_ZONE : zone.getValue();
    }

    /** The first moment of a day. */
    public Instant startOf(LocalDate date) {
        return date.atStartOfDay(zoneOf(date)).toInstant();
    }

    /** The day of a moment: the last one that has begun. */
    public LocalDate dateOf(Instant moment) {
        // No zone is further than a day from UTC.
        LocalDate date = LocalDate.ofInstant(moment, ZoneOffset.UTC).plusDays(1);
        while (startOf(date).isAfter(moment)) {
            date = date.minusDays(1);
        }
        return date;
    }
}
