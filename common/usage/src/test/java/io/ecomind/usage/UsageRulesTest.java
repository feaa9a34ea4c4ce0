package io.ecomind.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.v1.UsageEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules, above all where the gateway, the estimate and the jobs differed before they asked the same ones. */
class UsageRulesTest {
    private static final Instant NOW = Instant.parse("2026-03-14T12:00:00Z");

    /** The estimate refused offsets beyond 18 hours; RFC 3339 allows up to 23:59, as the gateway did. */
    @Test
    void an_offset_may_have_up_to_23_hours() {
        assertThat(ts("2026-03-14T23:00:00+20:00")).hasValue(EpochMicros.of(Instant.parse("2026-03-14T03:00:00Z")));
        assertThat(ts("2026-03-13T08:00:00-23:59")).hasValue(EpochMicros.of(Instant.parse("2026-03-14T07:59:00Z")));
        assertThat(violationOfTs("2026-03-14T23:00:00+24:00")).startsWith("ts must have a zone hour of 0..23");
    }

    /** The estimate compared nanoseconds; events carry microseconds. */
    @Test
    void ts_is_compared_with_its_bounds_in_microseconds() {
        assertThat(ts("2026-03-14T12:15:00.000000999Z")).hasValue(EpochMicros.of(NOW) + 900_000_000L);
        assertThat(violationOfTs("2026-03-14T12:15:00.000001Z")).contains("at most 15 minutes ahead of now");
    }

    /** The estimate called a long string that is no time too long; its length says nothing more. */
    @Test
    void a_ts_that_is_no_time_is_invalid_whatever_its_length() {
        List<Violation> violations = new ArrayList<>();

        UsageRules.readTs("x".repeat(100), TsBounds.ofEstimate(NOW), violations::add);

        assertThat(violations).extracting(Violation::code).containsExactly(ErrorCode.TS_INVALID);
    }

    @Test
    void only_an_import_may_send_what_is_older_than_the_retention() {
        String old = "2019-12-31T23:59:59Z";

        assertThat(UsageRules.readTs(old, TsBounds.ofImport(NOW), violation -> {}))
                .isPresent();
        assertThat(violationOfTs(old)).contains("at most 400 days old (a key with scope import may send older)");
        List<Violation> violations = new ArrayList<>();
        UsageRules.readTs("1999-12-31T23:59:59Z", TsBounds.ofImport(NOW), violations::add);
        assertThat(violations).extracting(Violation::code).containsExactly(ErrorCode.TS_TOO_OLD);
    }

    static Stream<Arguments> onceAcceptedByTheJobs() {
        return Stream.of(
                event("control character", event -> event.setModel("a\u0001b"), "model must not contain the control"),
                event("blank provider", event -> event.setProvider(" "), "provider must not be empty"),
                event("blank user", event -> event.setUserId("\u2003"), "user_id must not be empty"),
                event("modality", event -> event.setModality("smell"), "modality must be text, embedding"),
                event("latency", event -> event.setLatencyMs(86_400_001), "latency_ms must be 0..86400000, was"),
                event("key twice", event -> event.setMetadataJson("{\"a\":1,\"a\":2}"), "the key \"a\" twice"),
                event("control in metadata", event -> event.setMetadataJson("{\"a\":\"\\u0001\"}"), "U+0001"),
                event("exponent", event -> event.setMetadataJson("{\"a\":1e1001}"), "beyond 1e1000"),
                event(
                        "depth",
                        event -> event.setMetadataJson("{\"a\":" + "[".repeat(32) + "]".repeat(32) + "}"),
                        "at most 32 levels deep"));
    }

    private static Arguments event(String name, UnaryOperator<UsageEvent.Builder> change, String message) {
        return arguments(name, change.apply(valid()).build(), message);
    }

    /** The gateway refused these and the jobs did not: a record that another producer wrote was counted. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("onceAcceptedByTheJobs")
    void an_event_is_valid_by_the_same_rules_wherever_it_is_read(String name, UsageEvent event, String message) {
        Violation violation = UsageRules.findViolation(event);

        assertThat(violation).as(name).isNotNull();
        assertThat(Objects.requireNonNull(violation).message()).contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "text", "video"})
    void an_event_without_modality_is_valid(String modality) {
        assertThat(UsageRules.findViolation(valid().setModality(modality))).isNull();
    }

    @Test
    void metadata_may_contain_line_breaks_and_32_levels() {
        String deepest = "{\"a\":" + "[".repeat(31) + "]".repeat(31) + "}";

        assertThat(UsageRules.findViolation(valid().setMetadataJson("{\"a\":\"b\\n\\tc\"}")))
                .isNull();
        assertThat(UsageRules.findViolation(valid().setMetadataJson(deepest))).isNull();
    }

    /** The estimate compared parts with their whole only when nothing else was wrong. */
    @Test
    void parts_are_compared_with_their_whole_unless_one_of_them_was_rejected() {
        var event = valid().setTokensIn(5)
                .setTokensCacheRead(4)
                .setTokensCacheWrite(2)
                .setTokensReasoning(9);
        UsageField out = UsageField.of(TokenClass.OUT);

        String in = "tokens_cache_read \\+ tokens_cache_write.* must be at most tokens_in \\(5\\), was 6";
        String reasoning = "tokens_reasoning.* must be at most tokens_out \\(1\\), was 9";
        assertThat(partsOf(event, null))
                .satisfiesExactly(
                        message -> assertThat(message).matches(in),
                        message -> assertThat(message).matches(reasoning));
        assertThat(partsOf(event, out))
                .satisfiesExactly(message -> assertThat(message).matches(in));
    }

    @Test
    void the_part_that_was_sent_is_blamed() {
        List<Violation> violations = new ArrayList<>();

        UsageRules.checkParts(valid().setTokensIn(1).setTokensCacheWrite(2), field -> false, violations::add);

        assertThat(violations).extracting(Violation::field).containsExactly(UsageField.of(TokenClass.CACHE_WRITE));
    }

    @Test
    void a_record_may_be_a_second_further_ahead_than_what_is_sent() {
        long received = EpochMicros.of(NOW);

        assertThat(TsBounds.isPossible(received + 901_000_000L, received)).isTrue();
        assertThat(TsBounds.isPossible(received + 901_000_001L, received)).isFalse();
        assertThat(TsBounds.isPossible(TsBounds.OLDEST_MICROS, received)).isTrue();
        assertThat(TsBounds.isPossible(TsBounds.OLDEST_MICROS - 1, received)).isFalse();
    }

    private static List<String> partsOf(UsageEvent.Builder event, @Nullable UsageField rejected) {
        List<String> messages = new ArrayList<>();
        UsageRules.checkParts(event, field -> field == rejected, violation -> messages.add(violation.message()));
        return messages;
    }

    private static UsageEvent.Builder valid() {
        return UsageEvent.newBuilder()
                .setUserId("user-a")
                .setProvider("openai")
                .setTokensIn(1)
                .setTokensOut(1)
                .setModality("text");
    }

    private static OptionalLong ts(String ts) {
        return UsageRules.readTs(ts, TsBounds.ofIngest(NOW), violation -> {});
    }

    private static String violationOfTs(String ts) {
        List<Violation> violations = new ArrayList<>();
        assertThat(UsageRules.readTs(ts, TsBounds.ofIngest(NOW), violations::add))
                .isEmpty();
        return violations.get(0).message();
    }
}
