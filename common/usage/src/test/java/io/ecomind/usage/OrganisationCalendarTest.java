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

    /** The enrichment once asked the clock for the date: in the repeated hour it was the day before, which had ended. */
    @Test
    void a_day_that_has_begun_goes_on_when_the_clock_is_put_back_across_midnight() {
        OrganisationCalendar newfoundland = calendar(Map.of("1970-01-01", "America/St_Johns"));
        Instant repeated = Instant.parse("2010-11-07T03:00:00Z");

        assertThat(repeated.atZone(ZoneId.of("America/St_Johns")).toLocalDate()).isEqualTo("2010-11-06");
        assertThat(newfoundland.dayOf(repeated))
                .isEqualTo(new LocalDay(
                        LocalDate.parse("2010-11-07"),
                        Instant.parse("2010-11-07T02:30:00Z"),
                        Instant.parse("2010-11-08T03:30:00Z")));
    }

    @Test
    void a_move_west_makes_a_day_longer() {
        OrganisationCalendar moved = calendar(Map.of("1970-01-01", "Asia/Tokyo", "2026-06-10", "America/New_York"));

        assertThat(moved.dateOf(Instant.parse("2026-06-10T03:59:59Z"))).isEqualTo("2026-06-09");
        assertThat(lengthOf(moved, "2026-06-09")).isEqualTo(Duration.ofHours(37));
    }

    /** The enrichment and the API once had the day before end an hour after the next began. */
    @Test
    void a_move_east_by_more_than_a_day_leaves_a_day_without_moments() {
        OrganisationCalendar moved =
                calendar(Map.of("1970-01-01", "Pacific/Pago_Pago", "2026-06-10", "Pacific/Kiritimati"));
        Instant move = Instant.parse("2026-06-09T10:00:00Z");

        assertThat(moved.dayOf(move.minusNanos(1)))
                .isEqualTo(new LocalDay(LocalDate.parse("2026-06-08"), Instant.parse("2026-06-08T11:00:00Z"), move));
        assertThat(lengthOf(moved, "2026-06-09")).isEqualTo(Duration.ZERO);
        assertThat(moved.dateOf(move)).isEqualTo("2026-06-10");
    }

    @Test
    void a_date_that_a_zone_skips_has_no_moments() {
        OrganisationCalendar samoa = calendar(Map.of("1970-01-01", "Pacific/Apia"));

        assertThat(lengthOf(samoa, "2011-12-30")).isEqualTo(Duration.ZERO);
        assertThat(samoa.dateOf(Instant.parse("2011-12-30T09:59:59Z"))).isEqualTo("2011-12-29");
        assertThat(samoa.dateOf(Instant.parse("2011-12-30T10:00:00Z"))).isEqualTo("2011-12-31");
    }

    private static Duration lengthOf(OrganisationCalendar calendar, String date) {
        LocalDate day = LocalDate.parse(date);
        return Duration.between(calendar.startOf(day), calendar.startOf(day.plusDays(1)));
    }
}
