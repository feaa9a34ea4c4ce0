package io.ecomind.ingest.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;

class LocalQuotaTest {
    private static final LocalDate DAY = LocalDate.of(2026, 3, 1);

    private final LocalQuota local = new LocalQuota();

    @Test
    void a_day_ends_at_its_number_and_begins_again_with_the_next_date() {
        assertThat(draw(0, 10, DAY, 7, false, 0).taken()).isEqualTo(7);
        assertThat(draw(0, 10, DAY, 4, false, 1).taken()).as("all or none").isZero();
        assertThat(draw(0, 10, DAY, 4, true, 2).taken())
                .as("as many as there are")
                .isEqualTo(3);
        assertThat(draw(0, 10, DAY, 1, true, 3).dayLeft()).isZero();
        assertThat(draw(0, 10, DAY.plusDays(1), 4, false, 4).taken()).isEqualTo(4);
        assertThat(draw(0, 10, DAY, 10, false, 5).taken())
                .as("a draw for the previous day, made after midnight, does not reset the counter")
                .isZero();
    }

    @Test
    void the_bucket_fills_evenly_in_a_minute() {
        assertThat(draw(600, 0, DAY, 600, false, 1_000).taken()).isEqualTo(600);
        QuotaDraw refused = draw(600, 0, DAY, 20, false, 2_000);
        assertThat(refused.taken()).isZero();
        assertThat(refused.minuteLeft()).isEqualTo(10);
        assertThat(refused.waitMillis()).isEqualTo(1_000);
        assertThat(draw(600, 0, DAY, 20, false, 3_000).taken()).isEqualTo(20);
        assertThat(draw(600, 0, DAY, 601, false, 1_000_000).taken()).isZero();
        assertThat(draw(600, 0, DAY, 600, false, 1_000_000).taken()).isEqualTo(600);
    }

    @Test
    void no_more_is_granted_than_redis_said_was_left() {
        local.takeOwed(DAY);
        local.remember(DAY, 3);

        assertThat(draw(0, 10, DAY, 10, true, 0).taken()).isEqualTo(3);
        assertThat(local.takeOwed(DAY)).as("to be told to Redis").isEqualTo(3);
        assertThat(local.takeOwed(DAY)).isZero();
        assertThat(draw(0, 10, DAY, 10, true, 0).taken()).isZero();
    }

    @Test
    void what_is_owed_of_an_earlier_day_is_forgotten() {
        draw(0, 10, DAY, 5, false, 0);
        assertThat(local.takeOwed(DAY.plusDays(1))).isZero();
        local.owe(DAY, 5);
        assertThat(local.takeOwed(DAY.plusDays(1))).isZero();
    }

    private QuotaDraw draw(long perMinute, long perDay, LocalDate date, long n, boolean partial, long nowMillis) {
        return local.draw(new Quota("o", "events", perMinute, perDay, date, Instant.EPOCH), n, partial, nowMillis);
    }
}
