package io.ecomind.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.quicktheories.generators.SourceDSL.arbitrary;
import static org.quicktheories.generators.SourceDSL.integers;
import static org.quicktheories.generators.SourceDSL.lists;
import static org.quicktheories.generators.SourceDSL.longs;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.quicktheories.QuickTheory;
import org.quicktheories.core.Gen;

/** What must hold for the days of any time zones and any changes between them. */
class OrganisationCalendarPropertiesTest {
    /** Printed with a counterexample. */
    private static final long SEED = 20_260_314L;

    private static final LocalDate FIRST = LocalDate.parse("2000-01-01");
    private static final int DATES = 40 * 365;

    private static final Gen<ZoneId> ANY_ZONE = arbitrary()
            .pick(List.copyOf(new TreeSet<>(ZoneId.getAvailableZoneIds())))
            .map(id -> ZoneId.of(id));

    /** Zones of both sides of the date line, and two whose clocks went back across midnight until 2011. */
    private static final Gen<ZoneId> EXTREME_ZONE = arbitrary()
            .pick(List.of(
                    "Etc/GMT+12",
                    "Pacific/Pago_Pago",
                    "Pacific/Apia",
                    "Pacific/Kiritimati",
                    "Etc/GMT-14",
                    "America/St_Johns",
                    "Antarctica/Casey",
                    "UTC"))
            .map(id -> ZoneId.of(id));

    private static final Gen<ZoneId> ZONE = ANY_ZONE.mix(EXTREME_ZONE, 50);

    /** Zones and the moment of a test. */
    private record CalendarCase(TreeMap<LocalDate, ZoneId> zones, Instant moment) {
        OrganisationCalendar calendar() {
            return new OrganisationCalendar(zones);
        }
    }

    /** A moment within some days of up to three changes of zone, which are one to four days apart. */
    private static final Gen<CalendarCase> CASES = lists().of(ZONE)
            .ofSizeBetween(1, 4)
            .zip(
                    integers().between(0, DATES),
                    integers().between(1, 4),
                    longs().between(-4 * 86_400, 14 * 86_400),
                    (zones, first, gap, seconds) -> {
                        var byDate = new TreeMap<LocalDate, ZoneId>();
                        LocalDate date = FIRST.plusDays(first);
                        for (ZoneId zone : zones) {
                            byDate.put(date, zone);
                            date = date.plusDays(gap);
                        }
                        Instant start = FIRST.plusDays(first)
                                .atStartOfDay(ZoneId.of("UTC"))
                                .toInstant();
                        return new CalendarCase(byDate, start.plusSeconds(seconds));
                    });

    private static QuickTheory qt() {
        return org.quicktheories.QuickTheory.qt().withFixedSeed(SEED).withExamples(20_000);
    }

    @Test
    void a_moment_lies_within_its_day_and_the_neighbours_begin_where_it_ends() {
        qt().forAll(CASES).checkAssert(c -> {
            OrganisationCalendar calendar = c.calendar();
            LocalDay day = calendar.dayOf(c.moment);

            assertThat(day.date()).isEqualTo(calendar.dateOf(c.moment));
            assertThat(day.start()).isBeforeOrEqualTo(c.moment);
            assertThat(day.end()).isAfter(c.moment);
            assertThat(calendar.dayOf(day.start()).date()).isEqualTo(day.date());
            LocalDay next = calendar.dayOf(day.end());
            assertThat(next.start()).isEqualTo(day.end());
            assertThat(next.date()).isAfter(day.date());
            assertThat(calendar.dayOf(day.end().minusNanos(1))).isEqualTo(day);
        });
    }

    @Test
    void days_begin_in_the_order_of_their_dates_and_only_an_empty_one_is_left_out() {
        qt().forAll(CASES).checkAssert(c -> {
            OrganisationCalendar calendar = c.calendar();
            LocalDate date = calendar.dateOf(c.moment).minusDays(5);
            for (int i = 0; i < 10; i++, date = date.plusDays(1)) {
                Instant start = calendar.startOf(date);
                Instant end = calendar.startOf(date.plusDays(1));
                assertThat(start).isBeforeOrEqualTo(end);
                if (start.isBefore(end)) {
                    assertThat(calendar.dateOf(start)).isEqualTo(date);
                }
            }
        });
    }

    @Test
    void a_later_moment_never_has_an_earlier_date() {
        qt().forAll(CASES, longs().between(0, 3 * 86_400)).checkAssert((c, later) -> {
            OrganisationCalendar calendar = c.calendar();

            assertThat(calendar.dateOf(c.moment.plusSeconds(later))).isAfterOrEqualTo(calendar.dateOf(c.moment));
        });
    }

    /** Other lengths than 23, 24 and 25 hours are rare: half an hour on Lord Howe, and changes of a zone's own offset. */
    @Test
    void days_of_zones_with_whole_hour_clock_changes_have_23_24_or_25_hours() {
        Gen<ZoneId> zones = arbitrary()
                .pick(List.of(
                        "Europe/Berlin",
                        "America/New_York",
                        "America/Los_Angeles",
                        "America/Sao_Paulo",
                        "America/Havana",
                        "Asia/Kolkata",
                        "Asia/Tokyo",
                        "Australia/Sydney",
                        "Pacific/Auckland",
                        "UTC"))
                .map(id -> ZoneId.of(id));
        qt().forAll(zones, integers().between(0, DATES)).checkAssert((zone, n) -> {
            var calendar = new OrganisationCalendar(new TreeMap<>(Map.of(FIRST.minusYears(1), zone)));
            LocalDate date = FIRST.plusDays(n);

            assertThat(Duration.between(calendar.startOf(date), calendar.startOf(date.plusDays(1)))
                            .toMinutes())
                    .isIn(23 * 60L, 24 * 60L, 25 * 60L);
        });
    }
}
