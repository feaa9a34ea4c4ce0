package io.ecomind.dev.check.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.dev.check.fuzz.FuzzTarget.FuzzCounts;
import org.junit.jupiter.api.Test;

class FuzzCountsTest {
    @Test
    void ways_in_by_which_nothing_was_accepted_are_named() {
        var counts = new FuzzCounts();
        counts.accept(FuzzChannel.HTTP_JSON, 2);
        counts.accept(FuzzChannel.HTTP_NDJSON, 0);
        counts.accept(FuzzChannel.GRPC, 1);

        assertThat(counts.accepted()).isEqualTo(3);
        assertThat(counts.withoutAccepted()).containsExactly(FuzzChannel.HTTP_NDJSON, FuzzChannel.HTTP_GZIP);
    }
}
