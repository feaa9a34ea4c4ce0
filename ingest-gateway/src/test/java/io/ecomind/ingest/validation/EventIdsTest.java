package io.ecomind.ingest.validation;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.Scope;
import io.ecomind.service.auth.MachineKey;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EventIdsTest {
    @Test
    void a_retry_with_the_same_key_gets_the_same_ids() {
        EventIds first = EventIds.of(key("acme", "key1"), "k");
        EventIds again = EventIds.of(key("acme", "key1"), "k");

        assertThat(List.of(again.idFor(0, "u"), again.idFor(1, "u")))
                .isEqualTo(List.of(first.idFor(0, "u"), first.idFor(1, "u")))
                .doesNotHaveDuplicates();
    }

    @Test
    void senders_that_choose_the_same_idempotency_key_get_other_ids() {
        List<String> ids = Stream.of(
                        EventIds.of(key("acme", "key1"), "k").idFor(0, "u"),
                        EventIds.of(key("acme", "key2"), "k").idFor(0, "u"),
                        EventIds.of(key("acme", "key1"), "k").idFor(0, "v"),
                        EventIds.of(key("acme2", "key1"), "k").idFor(0, "u"),
                        EventIds.of(key("acme", "key1"), "k2").idFor(0, "u"))
                .toList();

        assertThat(ids).doesNotHaveDuplicates();
    }

    @Test
    void parts_that_run_together_alike_are_told_apart() {
        assertThat(EventIds.of(key("a", "bc"), "d").idFor(0, "u"))
                .isNotEqualTo(EventIds.of(key("ab", "c"), "d").idFor(0, "u"));
        assertThat(EventIds.of(key("a", "b"), "d").idFor(0, "cd"))
                .isNotEqualTo(EventIds.of(key("a", "b"), "dd").idFor(0, "c"));
    }

    private static MachineKey key(String org, String id) {
        return new MachineKey(id, org, null, null, Set.of(Scope.INGEST), 1, "enterprise", null, null);
    }
}
