package io.ecomind.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OrganisationCalendarTest {
    private static OrganisationCalendar calendar(Map<String, String> zones) {
        var byDate = new TreeMap<LocalDate, ZoneId>();
        zones.forEach((from, zone) -> byDate.put(LocalDate.parse(from), ZoneId.of(zone)));
        return new OrganisationCalendar(byDate);
    }

    @Test
    void days_have_twenty_three_to_twenty_five_hours() {
        OrganisationCalendar berlin = calendar(Map.of("1970-01-01", "Europe/Berlin"));

        assertThat(lengthOf(berlin, "2026-03-29")).isEqualTo(Duration.ofHours(23));
        assertThat(lengthOf(berlin, "2026-10-25")).isEqualTo(Duration.ofHours(25));
        assertThat(berlin.dateOf(Instant.parse("2026-03-28T22:59:59Z"))).isEqualTo("2026-03-28");
        assertThat(berlin.dateOf(Instant.parse("2026-03-28T23:00:00Z"))).isEqualTo("2026-03-29");
        assertThat(berlin.dateOf(Instant.parse("2026-03-29T22:00:00Z"))).isEqualTo("2026-03-30");
    }

    @Test
    void the_furthest_zones_are_right() {
        Instant noon = Instant.parse("2026-06-15T10:30:00Z");

        assertThat(calendar(Map.of("1970-01-01", "Pacific/Kiritimati")).dateOf(noon))
                .isEqualTo("2026-06-16");
        assertThat(calendar(Map.of("1970-01-01", "Etc/GMT+12")).dateOf(noon)).isEqualTo("2026-06-14");
    }

    @Test
    void a_zone_holds_from_its_date_on() {
        OrganisationCalendar moved = calendar(Map.of("1970-01-01", "America/New_York", "2026-06-10", "Asia/Tokyo"));

        assertThat(moved.zoneOf(LocalDate.parse("2026-06-09"))).isEqualTo(ZoneId.of("America/New_York"));
        assertThat(moved.startOf(LocalDate.parse("2026-06-10"))).isEqualTo(Instant.parse("2026-06-09T15:00:00Z"));
        assertThat(moved.dateOf(Instant.parse("2026-06-09T14:59:59Z"))).isEqualTo("2026-06-09");
        assertThat(moved.dateOf(Instant.parse("2026-06-09T15:00:00Z"))).isEqualTo("2026-06-10");
    }

    @Test
    void before_the_first_zone_days_are_those_of_utc() {
        OrganisationCalendar late = calendar(Map.of("2026-06-10", "Asia/Tokyo"));

        assertThat(late.dateOf(Instant.parse("2026-01-01T23:59:59Z"))).isEqualTo("2026-01-01");
    }

    private static Duration lengthOf(OrganisationCalendar calendar, String date) {
        LocalDate day = LocalDate.parse(date);
        return Duration.between(calendar.startOf(day), calendar.startOf(day.plusDays(1)));
    }
}
