package io.ecomind.jobs.enrichment;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.v1.Organisation;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.footprint.FactorCatalogue;
import io.ecomind.footprint.FactorSet;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reference data in the form in which events are rated. Not thread-safe: each task has its own. */
final class ReferenceData {
    private final Map<String, ReferenceEntry> factorEntries = new HashMap<>();
    private final Map<String, OrganisationZones> organisations = new HashMap<>();
    private @Nullable FactorCatalogue catalogue;

    /**
     * The local day that a moment belongs to.
     *
     * @param epochDay days since 1970-01-01
     * @param startMillis its first moment
     * @param endMillis the next day's first moment; days have 23, 24 or 25 hours
     */
    record LocalDay(int epochDay, long startMillis, long endMillis) {}

    private record OrganisationZones(TreeMap<LocalDate, ZoneId> byDate) {
        /** The last day that has begun, each day beginning at its midnight in the zone that holds on it. */
        LocalDay dayOf(Instant ts) {
            LocalDate date = lastSpanDate(ts);
            return new LocalDay(Math.toIntExact(date.toEpochDay()), startMillis(date), startMillis(date.plusDays(1)));
        }

        private LocalDate lastSpanDate(Instant ts) {
            LocalDate limit = LocalDate.MAX;
            for (var span : byDate.descendingMap().entrySet()) {
                LocalDate date = LocalDate.ofInstant(ts, span.getValue());
                if (!date.isBefore(span.getKey())) {
                    // Moving west, the old zone's midnight comes before the new one's: the old day goes on till then.
                    return date.isBefore(limit) ? date : limit.minusDays(1);
                }
                limit = span.getKey();
            }
            LocalDate date = LocalDate.ofInstant(ts, ZoneOffset.UTC);
            return date.isBefore(limit) ? date : limit.minusDays(1);
        }

        private long startMillis(LocalDate date) {
            var span = byDate.floorEntry(date);
            ZoneId zone = span == null ? ZoneOffset.UTC : span.getValue();
            return date.atStartOfDay(zone).toInstant().toEpochMilli();
        }
    }

    /** Takes a change in; versions arrive in order per entity. */
    void apply(ReferenceChange change) throws InvalidProtocolBufferException {
        ReferenceEntry entry = ReferenceEntry.parseFrom(change.entry());
        if (change.key().startsWith("org/")) {
            String id = change.key().substring("org/".length());
            if (change.deleted()) {
                organisations.remove(id);
            } else {
                organisations.put(id, zones(entry.getOrganisation()));
            }
        } else {
            if (change.deleted()) {
                factorEntries.remove(change.key());
            } else {
                factorEntries.put(change.key(), entry);
            }
            catalogue = null;
        }
    }

    /** The local day of an organisation, null when it is not known (yet). */
    @Nullable
    LocalDay localDay(String orgId, Instant ts) {
        OrganisationZones zones = organisations.get(orgId);
        return zones == null ? null : zones.dayOf(ts);
    }

    FactorCatalogue catalogue() {
        if (catalogue == null) {
            catalogue = buildCatalogue();
        }
        return catalogue;
    }

    private FactorCatalogue buildCatalogue() {
        Map<String, FactorSet.Builder> builders = new HashMap<>();
        for (ReferenceEntry entry : factorEntries.values()) {
            if (entry.hasFactorSet()) {
                String id = entry.getFactorSet().getId();
                builders.put(
                        id,
                        new FactorSet.Builder(id, micros(entry.getFactorSet().getActiveFromMicros())));
            }
        }
        List<FactorSet> sets = new ArrayList<>();
        builders.values().forEach(builder -> sets.add(builder.build()));
        return new FactorCatalogue(sets);
    }

    private static OrganisationZones zones(Organisation organisation) {
        var byDate = new TreeMap<LocalDate, ZoneId>();
        organisation
                .getTimeZonesList()
                .forEach(span -> byDate.put(LocalDate.ofEpochDay(span.getFromEpochDay()), ZoneId.of(span.getZone())));
        return new OrganisationZones(byDate);
    }

    private static Instant micros(long micros) {
        return Instant.EPOCH.plus(micros, java.time.temporal.ChronoUnit.MICROS);
    }
}
