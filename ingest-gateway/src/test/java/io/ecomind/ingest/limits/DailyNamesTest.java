package io.ecomind.ingest.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.ingest.limits.DailyNames.Kind;
import java.time.Duration;
import java.time.LocalDate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DailyNamesTest {
    private static final LocalDate DAY = LocalDate.of(2026, 3, 1);

    @Test
    void a_name_that_was_let_through_stays_so_and_the_next_one_beyond_the_limit_does_not() {
        var names = new DailyNames(NameLimits.DEFAULT);

        assertThat(admitted(names, "o", DAY, 0, 5_000, 1_000)).isEqualTo(1_000);
        assertThat(admitted(names, "o", DAY, 0, 1_000, 1_000))
                .as("the same again")
                .isEqualTo(1_000);
        assertThat(names.admits("o", DAY, Kind.USER, "n1000", 1_000)).isFalse();
        assertThat(names.admits("o", DAY, Kind.USER, "n1000", 1_001))
                .as("a larger plan")
                .isTrue();
    }

    @Test
    void organisations_days_and_kinds_have_limits_of_their_own() {
        var names = new DailyNames(NameLimits.DEFAULT);
        admitted(names, "o", DAY, 0, 10, 10);

        assertThat(names.admits("o", DAY, Kind.USER, "x", 10)).isFalse();
        assertThat(names.admits("o", DAY, Kind.MODEL, "x", 10)).isTrue();
        assertThat(names.admits("o", DAY.plusDays(1), Kind.USER, "x", 10)).isTrue();
        assertThat(names.admits("p", DAY, Kind.USER, "x", 10)).isTrue();
    }

    @Test
    void names_of_many_days_do_not_take_the_memory_of_others() {
        var names = new DailyNames(new NameLimits(4, 1_000, Duration.ofHours(25)));
        admitted(names, "honest", DAY, 0, 10, 10);
        int taken = 0;
        for (int day = 0; day < 100; day++) {
            taken += admitted(names, "greedy", DAY.minusDays(day), 0, 10, 10);
        }

        assertThat(taken).as("four days' worth").isEqualTo(40);
        assertThat(names.admits("honest", DAY, Kind.USER, "new", 10))
                .as("its names are still known, so that a new one is too many")
                .isFalse();
    }

    @Test
    void what_was_not_used_longest_is_forgotten_when_there_are_too_many() {
        var names = new DailyNames(new NameLimits(4, 250, Duration.ofHours(25)));
        for (int org = 0; org < 20; org++) {
            assertThat(admitted(names, "o" + org, DAY, 0, 10, 10)).isEqualTo(10);
        }

        assertThat(names.admits("o19", DAY, Kind.USER, "new", 10)).isFalse();
        assertThat(names.admits("o0", DAY, Kind.USER, "new", 10)).isTrue();
    }

    @Test
    void days_of_one_name_take_memory_too() {
        var names = new DailyNames(new NameLimits(1_000, 100, Duration.ofHours(25)));
        names.admits("o", DAY, Kind.USER, "a", 1);
        for (int day = 1; day <= 6; day++) {
            names.admits("o", DAY.plusDays(day), Kind.USER, "a", 1);
        }

        assertThat(names.admits("o", DAY, Kind.USER, "b", 1))
                .as("the first day was forgotten")
                .isTrue();
    }

    @Test
    void a_refused_name_makes_no_day() {
        var names = new DailyNames(new NameLimits(1, 40, Duration.ofHours(25)));
        names.admits("o", DAY, Kind.USER, "a", 1);
        for (int day = 1; day <= 100; day++) {
            assertThat(names.admits("o", DAY.plusDays(day), Kind.USER, "a", 1)).isFalse();
        }

        assertThat(names.admits("o", DAY, Kind.USER, "b", 1))
                .as("the day is still known")
                .isFalse();
    }

    @Test
    void unused_days_are_forgotten() {
        var names = new DailyNames(new NameLimits(4, 100, Duration.ZERO));
        admitted(names, "o", DAY, 0, 1, 1);

        assertThat(names.admits("o", DAY.plusDays(1), Kind.USER, "a", 1)).isTrue();
        assertThat(names.admits("o", DAY, Kind.USER, "b", 1)).isTrue();
    }

    private static int admitted(DailyNames names, String org, LocalDate date, int from, int to, long limit) {
        return (int) IntStream.range(from, to)
                .filter(i -> names.admits(org, date, Kind.USER, "n" + i, limit))
                .count();
    }
}
