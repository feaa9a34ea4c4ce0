package io.ecomind.dev.chaos;

import io.ecomind.connect.Secret;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.KeyPeppers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collection;
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

    /** Writes organisations with their zones and keys, as the owner of the schema. */
    static void insertAll(Connection connection, Collection<ChaosOrganisation> organisations, Secret pepper)
            throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement org = connection.prepareStatement(
                        "INSERT INTO orgs (id, name, plan, ingest_shards) VALUES (?, ?, 'enterprise', ?)");
                PreparedStatement zone = connection.prepareStatement(
                        "INSERT INTO org_time_zones (org_id, valid_from, zone) VALUES (?, ?, ?)");
                PreparedStatement key = connection.prepareStatement(
                        "INSERT INTO api_keys (id, org_id, key_hash, scopes) VALUES (?, ?, ?, '{ingest,import,read}')")) {
            for (ChaosOrganisation organisation : organisations) {
                org.setString(1, organisation.id());
                org.setString(2, organisation.id());
                org.setInt(3, organisation.shards());
                org.addBatch();
                for (var from : organisation.zones().entrySet()) {
                    zone.setString(1, organisation.id());
                    zone.setObject(2, from.getKey());
                    zone.setString(3, from.getValue().getId());
                    zone.addBatch();
                }
                ApiKey parsed = ApiKey.parse(organisation.key().value());
                if (parsed == null) {
                    throw new IllegalArgumentException(organisation.id() + " has no API key");
                }
                key.setString(1, parsed.id());
                key.setString(2, organisation.id());
                key.setBytes(3, parsed.hash(KeyPeppers.parse(pepper)));
                key.addBatch();
            }
            org.executeBatch();
            zone.executeBatch();
            key.executeBatch();
        }
        connection.commit();
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
