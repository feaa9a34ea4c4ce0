package io.ecomind.api.tenant;

import io.ecomind.usage.OrganisationCalendar;
import java.time.LocalDate;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stored time zones of organisations. Stateless. */
public final class OrganisationZones {
    private static final Logger log = LoggerFactory.getLogger(OrganisationZones.class);

    private OrganisationZones() {}

    /** The calendar of an organisation, read in the caller's transaction. */
    public static OrganisationCalendar load(Handle handle, String orgId) {
        Map<LocalDate, String> zones = new TreeMap<>();
        handle.createQuery("SELECT valid_from, zone FROM org_time_zones WHERE org_id = :org")
                .bind("org", orgId)
                .map((row, ctx) -> zones.put(row.getObject("valid_from", LocalDate.class), row.getString("zone")))
                .list();
        return OrganisationCalendar.ofNames(
                zones,
                unknown -> log.atError()
                        .addKeyValue("orgId", orgId)
                        .addKeyValue("zone", unknown)
                        .log("a stored time zone is unknown and left out"));
    }
}
