package io.ecomind.dev.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.Limits;
import io.ecomind.dev.stack.DemoOrganisation;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SampleWeekTest {
    private static final LocalDate SUNDAY = LocalDate.of(2026, 3, 29);

    @Test
    void the_same_last_day_gives_the_same_events() {
        assertThat(SampleWeek.endingOn(SUNDAY, DemoOrganisation.ZONE))
                .isEqualTo(SampleWeek.endingOn(SUNDAY, DemoOrganisation.ZONE));
    }

    @Test
    void it_has_the_promised_mix() {
        SampleWeek week = SampleWeek.endingOn(SUNDAY, DemoOrganisation.ZONE);
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
                SampleWeek.endingOn(SUNDAY, DemoOrganisation.ZONE).requests()) {
            assertThat(new HashSet<>(request)).hasSameSizeAs(request);
            for (String event : request) {
                repeats += earlier.contains(event) ? 1 : 0;
            }
            earlier.addAll(request);
        }
        assertThat(repeats)
                .isEqualTo(SampleWeek.endingOn(SUNDAY, DemoOrganisation.ZONE).repeats());
    }

    @Test
    void it_has_seven_days() {
        String all =
                SampleWeek.endingOn(SUNDAY, DemoOrganisation.ZONE).requests().toString();
        for (int back = 0; back < 7; back++) {
            assertThat(all).contains("\"sample-" + SUNDAY.minusDays(back) + "-");
        }
        assertThat(all).doesNotContain("\"sample-" + SUNDAY.minusDays(7) + "-");
    }

    @Test
    void weekends_are_quiet() {
        List<String> events = SampleWeek.endingOn(SUNDAY, DemoOrganisation.ZONE).requests().stream()
                .flatMap(List::stream)
                .toList();
        long friday =
                events.stream().filter(e -> e.contains("sample-2026-03-27")).count();
        long saturday =
                events.stream().filter(e -> e.contains("sample-2026-03-28")).count();
        assertThat(saturday).isPositive().isLessThan(friday / 5);
    }
}
