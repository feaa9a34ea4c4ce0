package io.ecomind.api.tenant;

import io.ecomind.usage.OrganisationCalendar;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/** The stored time zones of organisations. Stateless. */
public final class OrganisationZones {
    private OrganisationZones() {}

    /** The calendar of an organisation, read in the caller's transaction. */
    public static OrganisationCalendar load(Handle handle, String orgId) {
        NavigableMap<LocalDate, ZoneId> zones = new TreeMap<>();
        handle.createQuery("SELECT valid_from, zone FROM org_time_zones WHERE org_id = :org")
                .bind("org", orgId)
                .map((row, ctx) ->
                        zones.put(row.getObject("valid_from", LocalDate.class), ZoneId.of(row.getString("zone"))))
                .list();
        return new OrganisationCalendar(zones);
    }
}
