package io.ecomind.ingest.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.ecomind.contracts.v1.Rejection;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RejectionGroupsTest {
    private static final LocalDate DAY = LocalDate.of(2026, 3, 1);

    private final RejectionGroups groups =
            new RejectionGroups(new RejectionLimits(Duration.ofSeconds(1), 2, 3, 100, 100));

    @Test
    void equal_rejections_are_one_record_at_once_and_a_count_at_the_end() {
        RejectionGroups.Candidate first = first(rejection("o", "wrong", 0));
        groups.kept(first);
        assertThat(groups.add(rejection("o", "wrong", 10))).isNull();
        assertThat(groups.add(rejection("o", "wrong", 20))).isNull();

        assertThat(groups.due(999_999)).isEmpty();
        List<Rejection> due = groups.due(1_000_000);

        assertThat(due).hasSize(1);
        assertThat(due.get(0).getGroupId())
                .isNotEmpty()
                .isEqualTo(first.rejection().getGroupId());
        assertThat(due.get(0).getOccurrences()).isEqualTo(3);
        assertThat(due.get(0).getLastAtMicros()).isEqualTo(20);
        assertThat(due.get(0).getPayload()).as("is with the first").isEqualTo(ByteString.EMPTY);
        assertThat(first.rejection().getPayload()).isNotEqualTo(ByteString.EMPTY);
        assertThat(groups.due(3_000_000)).isEmpty();
    }

    @Test
    void one_of_a_kind_needs_no_count() {
        groups.kept(first(rejection("o", "wrong", 0)));

        assertThat(groups.all()).isEmpty();
    }

    @Test
    void user_source_code_field_and_message_make_the_kind() {
        Rejection one = rejection("o", "wrong", 0);
        var all = new RejectionGroups(RejectionLimits.DEFAULT);

        assertThat(List.of(
                        one,
                        one.toBuilder().setOrgId("p").build(),
                        one.toBuilder().setUserId("v").build(),
                        one.toBuilder().setSource("s").build(),
                        one.toBuilder().setCode("d").build(),
                        one.toBuilder().setField("f").build(),
                        one.toBuilder().setMessage("m").build()))
                .allMatch(rejection -> all.add(rejection) != null);
        assertThat(all.add(one.toBuilder().setEventId("other").setItemIndex(4).build()))
                .isNull();
    }

    @Test
    void one_organisation_cannot_take_the_memory_of_all() {
        for (int i = 0; i < 10; i++) {
            groups.kept(first(rejection("o", "m" + i, 0)));
        }
        groups.kept(first(rejection("p", "m", 0)));

        assertThat(groups.add(rejection("o", "m0", 1))).isNull();
        assertThat(groups.add(rejection("o", "m9", 1)))
                .as("the third kind of an organisation is not counted but stands alone")
                .extracting(candidate -> candidate.rejection().getGroupId())
                .isEqualTo("");
        assertThat(groups.add(rejection("p", "m", 1))).isNull();
        assertThat(first(rejection("q", "m", 1)).rejection().getGroupId()).isEmpty();
    }

    @Test
    void what_is_not_kept_is_counted_by_day() {
        RejectionGroups.Candidate refused = first(rejection("o", "wrong", 5));
        groups.add(rejection("o", "wrong", 6));
        assertThat(groups.notKept(refused, DAY)).isEqualTo(2);
        List<Rejection> first = groups.due(7);
        RejectionGroups.Candidate more = first(rejection("o", "wrong", 8));
        groups.notKept(more, DAY);
        List<Rejection> second = groups.due(9);
        RejectionGroups.Candidate next = first(rejection("o", "wrong", 10));
        groups.notKept(next, DAY.plusDays(1));
        List<Rejection> third = groups.due(11);

        assertThat(first).hasSize(1);
        assertThat(first.get(0).getSummary()).isTrue();
        assertThat(first.get(0).getOccurrences()).isEqualTo(2);
        assertThat(second.get(0).getOccurrences()).as("in all").isEqualTo(3);
        assertThat(second.get(0).getGroupId()).isEqualTo(first.get(0).getGroupId());
        assertThat(third.get(0).getOccurrences()).isEqualTo(1);
        assertThat(third.get(0).getGroupId()).isNotEqualTo(first.get(0).getGroupId());
        assertThat(groups.due(12)).as("nothing has changed").isEmpty();
    }

    @Test
    void counts_that_are_not_written_when_the_day_ends_are_written_after_it() {
        groups.notKept(first(rejection("o", "wrong", 5)), DAY);
        groups.notKept(first(rejection("o", "wrong", 6)), DAY.plusDays(1));

        assertThat(groups.due(7)).hasSize(2).allMatch(count -> count.getOccurrences() == 1);
    }

    /** A rejection that is the first of its kind. */
    private RejectionGroups.Candidate first(Rejection rejection) {
        return Objects.requireNonNull(groups.add(rejection));
    }

    private static Rejection rejection(String org, String message, long atMicros) {
        return Rejection.newBuilder()
                .setOrigin("gateway")
                .setOrgId(org)
                .setCode("field_invalid")
                .setMessage(message)
                .setUserId("u")
                .setRejectedAtMicros(atMicros)
                .setPayload(ByteString.copyFromUtf8("{}"))
                .build();
    }
}
