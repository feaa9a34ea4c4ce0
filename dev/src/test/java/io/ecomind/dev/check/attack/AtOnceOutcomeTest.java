package io.ecomind.dev.check.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.dev.check.attack.Attempt.Observation;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AtOnceOutcomeTest {
    @Test
    void tries_that_all_held_and_came_to_their_end_are_well() {
        List<String> lines = new ArrayList<>(printed("1a", Observation.of(true, "fine")));
        lines.add(AtOnceOutcome.CONCLUSION + "attack: 1 held, 0 broken");

        assertThat(AtOnceOutcome.of(0, lines).problems(Set.of("1a"))).isEmpty();
    }

    @Test
    void a_process_that_died_is_a_problem_and_so_is_each_try_that_it_did_not_tell_of() {
        assertThat(AtOnceOutcome.of(3, printed("1a", Observation.of(true, "fine")))
                        .problems(Set.of("1a", "1b")))
                .containsExactly(
                        "the process of the tries ended with 3",
                        "the process of the tries did not come to its end",
                        "nothing is known of try 1b");
    }

    @Test
    void a_try_that_broke_or_was_not_made_is_named_with_what_was_seen() {
        List<String> lines = new ArrayList<>(printed("1a", Observation.of(false, "too slow")));
        lines.addAll(printed("1b", Observation.notTried("needs a key")));
        lines.add(AtOnceOutcome.CONCLUSION + "attack: 0 held, 1 broken, 1 not tried");

        assertThat(AtOnceOutcome.of(0, lines).problems(Set.of("1a", "1b")))
                .containsExactly("try 1a broke: too slow", "try 1b was not made: needs a key");
    }

    @Test
    void what_may_break_is_a_try_of_the_catalogue_and_has_a_reason() {
        Set<String> numbers =
                AttackRun.catalogue().stream().map(Attempt::number).collect(java.util.stream.Collectors.toSet());

        assertThat(numbers).containsAll(AtOnceOutcome.EXCUSED.keySet());
        assertThat(AtOnceOutcome.EXCUSED.values())
                .extracting(AtOnceOutcome.Excuse::reason)
                .noneMatch(String::isBlank);
    }

    @Test
    void a_try_is_excused_for_its_reason_only() {
        var slow = AtOnceOutcome.of(0, printed("1c", Observation.of(false, "4× grpc-status 8 after more than 3 s")));
        var taken = AtOnceOutcome.of(0, printed("1c", Observation.of(false, "3× grpc-status 8, 1× grpc-status 0")));

        assertThat(slow.problems(Set.of("1c"))).noneMatch(problem -> problem.contains("1c"));
        assertThat(slow.excused()).hasSize(1);
        assertThat(taken.problems(Set.of("1c"))).anyMatch(problem -> problem.startsWith("try 1c broke: "));
        assertThat(taken.excused()).isEmpty();
    }

    @Test
    void a_slow_try_is_excused_when_its_answers_are_right() {
        String slow = ", the largest of 435873 bytes with 3000 errors, the slowest after 8990 ms";

        assertThat(AtOnceOutcome.of(
                                0, printed("2c", Observation.of(false, "5978 bytes sent: 4× 400 field_invalid" + slow)))
                        .excused())
                .hasSize(1);
        assertThat(AtOnceOutcome.of(
                                0,
                                printed(
                                        "2c",
                                        Observation.of(
                                                false,
                                                "5978 bytes sent: 3× 400 field_invalid, 1× 500 internal" + slow)))
                        .excused())
                .isEmpty();
        assertThat(AtOnceOutcome.of(
                                0,
                                printed(
                                        "2c",
                                        Observation.of(
                                                false,
                                                "5978 bytes sent: 4× 400 field_invalid, the largest of 4358730 bytes")))
                        .excused())
                .isEmpty();
    }

    private static List<String> printed(String number, Observation observation) {
        var text = new StringWriter();
        AttackReport.print(
                new PrintWriter(text),
                new AttackRun.Finding(
                        new Attempt(number, "name-of-it", "sent", "expected", Set.of(), context -> observation),
                        observation,
                        null));
        return text.toString().lines().toList();
    }
}
