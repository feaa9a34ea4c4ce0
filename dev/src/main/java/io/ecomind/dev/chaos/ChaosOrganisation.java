package io.ecomind.dev.chaos;

import io.ecomind.connect.Secret;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;

/**
 * An organisation that a scenario sends for. Immutable.
 *
 * @param zones its time zones by the local date from which they hold; the first is from before everything
 * @param shards how many partition keys its events are spread over
 * @param key an API key of it
 */
record ChaosOrganisation(String id, Map<LocalDate, ZoneId> zones, int shards, Secret key) {
    ChaosOrganisation {
        zones = new TreeMap<>(zones);
    }

    /**
     * The local date at a moment: the last one that has begun, each beginning at its midnight in the zone that holds on it.
     * Worked out from the zones alone and not by the product's own code.
     */
    LocalDate dateOf(Instant moment) {
        LocalDate date = LocalDate.ofInstant(moment, ZoneOffset.UTC).plusDays(2);
        while (beginOf(date).isAfter(moment)) {
            date = date.minusDays(1);
        }
        return date;
    }

    /** When a local date begins. */
    Instant beginOf(LocalDate date) {
        return date.atStartOfDay(zoneOn(date)).toInstant();
    }

    private ZoneId zoneOn(LocalDate date) {
        ZoneId zone = ZoneOffset.UTC;
        for (var from : zones.entrySet()) {
            if (!date.isBefore(from.getKey())) {
                zone = from.getValue();
            }
        }
        return zone;
    }
}
