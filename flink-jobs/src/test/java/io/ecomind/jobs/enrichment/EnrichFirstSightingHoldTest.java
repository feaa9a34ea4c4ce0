package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.jobs.RawEvents;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Events that wait for the reference snapshot or for their organisation. */
class EnrichFirstSightingHoldTest extends FirstSightingTask {
    @Test
    void events_wait_for_the_whole_snapshot_and_go_on_then() throws Exception {
        broadcast(RawEvents.reference("acme"), false);
        send(RawEvents.event("acme", "a", TS));
        assertThat(ledger()).isEmpty();

        task.processBroadcastElement(ReferenceChange.complete(), 0);

        assertThat(ledger()).hasSize(1);
    }

    @Test
    void hold_survives_a_restart() throws Exception {
        send(RawEvents.event("acme", "a", TS));
        restart();

        publish("acme");

        assertThat(ledger()).hasSize(1);
    }

    @Test
    void event_of_a_new_organisation_waits_for_it() throws Exception {
        publish("acme");
        send(RawEvents.event("new", "a", TS));
        assertThat(ledger()).isEmpty();

        broadcast(List.of(RawEvents.organisation("new", "Asia/Kolkata", 99)), false);

        assertThat(ledger()).hasSize(1);
        assertThat(ledger().get(0).getDayStartMillis() * 1000).isEqualTo(RawEvents.micros("2026-02-28T18:30:00Z"));
    }

    @Test
    void organisation_that_stays_unknown_is_a_rejection_and_a_retry_counts_later() throws Exception {
        publish("acme");
        send(RawEvents.event("nobody", "a", TS));

        task.watermark(TS / 1000 + 1_000 + EnrichFirstSighting.HOLD.toMillis());

        assertThat(rejections()).extracting(Rejection::getCode).containsExactly("unknown_organisation");
        broadcast(List.of(RawEvents.organisation("nobody", "UTC", 99)), false);
        assertThat(ledger()).isEmpty();
        send(RawEvents.event("nobody", "a", TS));
        assertThat(ledger()).hasSize(1);
    }

    @Test
    void old_event_that_is_held_keeps_its_place_against_another_under_its_id() throws Exception {
        publish("acme");
        long received = TS + Duration.ofDays(730).toMillis() * 1000;
        send(RawEvents.event("new", "a", TS).setReceivedAtMicros(received));
        // The horizon of its ts has long passed, the hold has not.
        task.watermark(received / 1000 + 1);

        send(RawEvents.event("new", "a", TS).setReceivedAtMicros(received).setTokensOut(11));
        broadcast(List.of(RawEvents.organisation("new", "UTC", 99)), false);

        assertThat(ledger()).extracting(EnrichedEvent::getRawOffset).containsExactly(0L);
        assertThat(rejections()).extracting(Rejection::getCode).containsExactly("id_conflict");
        task.watermark(received / 1000 + 1_000 + EnrichFirstSighting.HOLD.toMillis());
        assertThat(stateEntries()).isZero();
        assertThat(task.numEventTimeTimers()).isZero();
    }

    @Test
    void repeats_of_an_event_whose_organisation_stays_unknown_are_rejections_too() throws Exception {
        publish("acme");
        send(RawEvents.event("nobody", "a", TS));
        send(RawEvents.event("nobody", "a", TS));
        restart();
        publish("acme");
        send(RawEvents.event("nobody", "a", TS));

        task.watermark(TS / 1000 + 1_000 + EnrichFirstSighting.HOLD.toMillis());

        assertThat(rejections())
                .extracting(rejection -> rejection.getCode() + " " + rejection.getRawOffset())
                .containsExactly("unknown_organisation 0", "unknown_organisation 1", "unknown_organisation 2");
        assertThat(ledger()).isEmpty();
        assertThat(stateEntries()).isZero();
    }

    @Test
    void repeats_of_a_held_event_are_duplicates_when_it_goes_on() throws Exception {
        publish("acme");
        send(RawEvents.event("new", "a", TS));
        send(RawEvents.event("new", "a", TS));

        broadcast(List.of(RawEvents.organisation("new", "UTC", 99)), false);
        task.watermark(TS / 1000 + 1_000 + EnrichFirstSighting.HOLD.toMillis());

        assertThat(ledger()).extracting(EnrichedEvent::getRawOffset).containsExactly(0L);
        assertThat(rejections()).isEmpty();
        assertThat(stateEntries()).as("only what was seen").isEqualTo(1);
    }
}
