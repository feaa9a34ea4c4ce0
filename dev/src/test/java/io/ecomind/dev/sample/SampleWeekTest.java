package io.ecomind.dev.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.Limits;
import io.ecomind.dev.stack.DemoOrganisation;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SampleWeekTest {
    private static final Pattern TIMES = Pattern.compile("\"ts\":\"([0-9][^\"]+)\"");
    private static final LocalDate SUNDAY = LocalDate.of(2026, 3, 29);
    private static final Instant NIGHT =
            SUNDAY.atTime(23, 59).atZone(DemoOrganisation.ZONE).toInstant();

    @Test
    void the_same_moment_gives_the_same_events() {
        assertThat(SampleWeek.until(NIGHT, DemoOrganisation.ZONE))
                .isEqualTo(SampleWeek.until(NIGHT, DemoOrganisation.ZONE));
    }

    @Test
    void it_has_the_promised_mix() {
        SampleWeek week = SampleWeek.until(NIGHT, DemoOrganisation.ZONE);
        assertThat(week.distinct() + week.invalid()).isBetween(3_990, 4_010);
        assertThat(week.items()).isEqualTo(week.distinct() + week.invalid() + week.repeats());
        assertThat(week.repeats()).isBetween(50, 110);
        assertThat(week.invalid()).isBetween(20, 60);
        assertThat(week.requests()).allMatch(request -> request.size() <= Limits.MAX_ITEMS);
        String all = week.requests().toString();
        assertThat(all).contains("house-model-1", "claude-sonnet-4-5-20250929", "\"USA\"", "\"FRA\"", "\"DEU\"");
        for (int user = 1; user <= DemoOrganisation.USERS; user++) {
            assertThat(all).contains(DemoOrganisation.senderName(user));
        }
    }

    @Test
    void repeats_come_in_a_later_request() {
        Set<String> earlier = new HashSet<>();
        int repeats = 0;
        for (List<String> request :
                SampleWeek.until(NIGHT, DemoOrganisation.ZONE).requests()) {
            assertThat(new HashSet<>(request)).hasSameSizeAs(request);
            for (String event : request) {
                repeats += earlier.contains(event) ? 1 : 0;
            }
            earlier.addAll(request);
        }
        assertThat(repeats)
                .isEqualTo(SampleWeek.until(NIGHT, DemoOrganisation.ZONE).repeats());
    }

    @Test
    void it_has_seven_days() {
        String all = SampleWeek.until(NIGHT, DemoOrganisation.ZONE).requests().toString();
        for (int back = 0; back < 7; back++) {
            assertThat(all).contains("\"sample-" + SUNDAY.minusDays(back) + "-");
        }
        assertThat(all).doesNotContain("\"sample-" + SUNDAY.minusDays(7) + "-");
    }

    @Test
    void no_event_is_late_or_from_the_future() {
        for (LocalTime time : List.of(LocalTime.MIN, LocalTime.NOON, LocalTime.of(18, 0), LocalTime.MAX)) {
            // A Monday, so that the day has calls.
            Instant now = SUNDAY.plusDays(1)
                    .atTime(time)
                    .atZone(DemoOrganisation.ZONE)
                    .toInstant();
            SampleWeek week = SampleWeek.until(now, DemoOrganisation.ZONE);
            List<Instant> times = TIMES.matcher(week.requests().toString())
                    .results()
                    .map(match -> Instant.parse(match.group(1)))
                    // One of the mistakes in the sample is a time of long ago, which the gateway rejects.
                    .filter(ts -> ts.isAfter(now.minus(Duration.ofDays(400))))
                    .toList();
            assertThat(times)
                    .hasSizeGreaterThan(3_000)
                    .allSatisfy(ts ->
                            assertThat(ts).isAfter(now.minus(Limits.HORIZON)).isBeforeOrEqualTo(now));
        }
    }

    @Test
    void a_later_moment_of_the_day_adds_events_and_changes_none() {
        List<String> morning = events(SUNDAY.plusDays(1).atTime(10, 0));
        List<String> evening = events(SUNDAY.plusDays(1).atTime(20, 0));
        assertThat(evening).containsAll(morning).hasSizeGreaterThan(morning.size());
    }

    private static List<String> events(LocalDateTime local) {
        return SampleWeek.until(local.atZone(DemoOrganisation.ZONE).toInstant(), DemoOrganisation.ZONE)
                .requests()
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    @Test
    void weekends_are_quiet() {
        List<String> events = SampleWeek.until(NIGHT, DemoOrganisation.ZONE).requests().stream()
                .flatMap(List::stream)
                .toList();
        long friday =
                events.stream().filter(e -> e.contains("sample-2026-03-27")).count();
        long saturday =
                events.stream().filter(e -> e.contains("sample-2026-03-28")).count();
        assertThat(saturday).isPositive().isLessThan(friday / 5);
    }
}
