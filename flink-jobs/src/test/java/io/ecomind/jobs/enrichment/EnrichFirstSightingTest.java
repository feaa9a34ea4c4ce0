package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.FactorOverride;
import io.ecomind.contracts.v1.PerCallFactor;
import io.ecomind.contracts.v1.PowerContract;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.TimeZoneSpan;
import io.ecomind.jobs.RawEvents;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnrichFirstSightingTest extends FirstSightingTask {
    @Test
    void first_sighting_becomes_a_ledger_record_with_amounts() throws Exception {
        publish("acme");

        send(RawEvents.event("acme", "a", TS).setRegion("FRA"));

        EnrichedEvent enriched = ledger().get(0);
        assertThat(enriched.getFootprint().getEnergy().getMid()).isEqualTo(RawEvents.NANOWATTHOURS);
        assertThat(enriched.getFootprint().getWater().getMid()).isEqualTo(2_400_000L);
        assertThat(enriched.getFootprint().getCarbon().getMid()).isEqualTo(60_000_000L);
        assertThat(enriched.getFootprint().getFactorSet()).isEqualTo("s1");
        assertThat(enriched.getFootprint().getMatch()).isEqualTo("exact");
        assertThat(enriched.getFootprint().getGridMatch()).isEqualTo("region");
        assertThat(enriched.getLate()).isFalse();
    }

    @Test
    void unknown_model_is_uncovered_with_null_amounts_and_not_dropped() throws Exception {
        publish("acme");

        send(RawEvents.event("acme", "a", TS).setModel("nobody-knows"));

        EnrichedEvent enriched = ledger().get(0);
        assertThat(enriched.getFootprint().hasEnergy()).isFalse();
        assertThat(enriched.getFootprint().hasCarbon()).isFalse();
        assertThat(enriched.getFootprint().getMatch()).isEqualTo("none");
    }

    @Test
    void repeat_is_dropped_and_first_offset_wins() throws Exception {
        publish("acme");

        send(RawEvents.event("acme", "a", TS));
        send(RawEvents.event("acme", "a", TS).setReceivedAtMicros(TS + 9_000_000));

        assertThat(ledger()).hasSize(1);
        assertThat(ledger().get(0).getRawOffset()).isZero();
        assertThat(rejections()).isEmpty();
    }

    @Test
    void repeat_with_other_content_is_a_conflict() throws Exception {
        publish("acme");

        send(RawEvents.event("acme", "a", TS));
        send(RawEvents.event("acme", "a", TS).setTokensOut(11));
        send(RawEvents.event("acme", "a", TS + 1));

        assertThat(ledger()).hasSize(1);
        assertThat(rejections()).extracting(Rejection::getCode).containsExactly("id_conflict", "id_conflict");
        assertThat(rejections()).extracting(Rejection::getRawOffset).containsExactly(1L, 2L);
    }

    @Test
    void defaulted_ts_is_no_difference() throws Exception {
        publish("acme");

        send(RawEvents.event("acme", "a", TS).setTsDefaulted(true));
        send(RawEvents.event("acme", "a", TS + 5_000_000).setTsDefaulted(true));

        assertThat(ledger()).hasSize(1);
        assertThat(rejections()).isEmpty();
    }

    @Test
    void equal_ids_of_two_organisations_or_sources_are_different_events() throws Exception {
        publish("acme", "other");

        send(RawEvents.event("acme", "a", TS));
        send(RawEvents.event("other", "a", TS));
        send(RawEvents.event("acme", "a", TS).setSource("batch"));

        assertThat(ledger()).hasSize(3);
    }

    @Test
    void reference_and_memory_of_repeats_survive_a_restart() throws Exception {
        publish("acme");
        send(RawEvents.event("acme", "a", TS));
        restart();

        send(RawEvents.event("acme", "a", TS));
        send(RawEvents.event("acme", "b", TS));
        // What became active while the job was down may not be known yet.
        assertThat(ledger()).isEmpty();
        task.processBroadcastElement(ReferenceChange.complete(), 0);

        assertThat(ledger()).extracting(e -> e.getEvent().getId()).containsExactly("b");
    }

    @Test
    void set_that_became_active_while_the_job_was_down_rates_what_was_received_since() throws Exception {
        publish("acme");
        restart();
        send(RawEvents.event("acme", "a", TS).setReceivedAtMicros(TS + 59_999_999));
        send(RawEvents.event("acme", "b", TS).setReceivedAtMicros(TS + 60_000_000));

        broadcast(RawEvents.factorSet("s2", TS + 60_000_000, "0.002", 50), true);

        assertThat(ledger())
                .extracting(e -> e.getEvent().getId() + " " + e.getFootprint().getFactorSet())
                .containsExactlyInAnyOrder("a s1", "b s2");
    }

    @Test
    void impossible_own_factor_stops_nobody() throws Exception {
        publish("acme");
        broadcast(
                List.of(ReferenceEntry.newBuilder()
                        .setKey("override/acme/own-1")
                        .setVersion(60)
                        .setFactorOverride(FactorOverride.newBuilder()
                                .setOrgId("acme")
                                .setId("own-1")
                                .setProvider("openai")
                                .setModel("gpt-4o")
                                .setPerCall(PerCallFactor.newBuilder()
                                        .setKwhPerCall("0.01")
                                        .setPue("0.9")
                                        .setWaterLPerKwh("0")
                                        .setCo2KgPerKwh("0.1"))
                                .setSource("metered"))
                        .build()),
                false);

        send(RawEvents.event("acme", "a", TS));

        assertThat(ledger().get(0).getFootprint().getMatch()).isEqualTo("exact");
    }

    @Test
    void organisations_own_factor_and_contract_count_from_their_moment_and_for_it_alone() throws Exception {
        publish("acme", "other");
        broadcast(
                List.of(
                        ReferenceEntry.newBuilder()
                                .setKey("override/acme/own-1")
                                .setVersion(60)
                                .setFactorOverride(FactorOverride.newBuilder()
                                        .setOrgId("acme")
                                        .setId("own-1")
                                        .setProvider("openai")
                                        .setModel("gpt-4o")
                                        .setActiveFromMicros(TS + 60_000_000)
                                        .setRetiredMicros(TS + 90_000_000)
                                        .setPerCall(PerCallFactor.newBuilder()
                                                .setKwhPerCall("0.01")
                                                .setPue("1")
                                                .setWaterLPerKwh("0")
                                                .setCo2KgPerKwh("0.1"))
                                        .setSource("metered"))
                                .build(),
                        ReferenceEntry.newBuilder()
                                .setKey("contract/acme/green")
                                .setVersion(61)
                                .setPowerContract(PowerContract.newBuilder()
                                        .setOrgId("acme")
                                        .setId("green")
                                        .setActiveFromMicros(TS + 60_000_000)
                                        .setKgPerKwh("0.01")
                                        .setSource("certificate"))
                                .build()),
                false);

        send(RawEvents.event("acme", "before", TS).setReceivedAtMicros(TS + 59_999_999));
        send(RawEvents.event("acme", "during", TS).setReceivedAtMicros(TS + 60_000_000));
        send(RawEvents.event("acme", "after", TS).setReceivedAtMicros(TS + 90_000_000));
        send(RawEvents.event("other", "during", TS).setReceivedAtMicros(TS + 60_000_000));

        assertThat(ledger())
                .extracting(e -> e.getFootprint().getFactorSet() + " "
                        + e.getFootprint().getMatch() + " "
                        + e.getFootprint().getEnergy().getMid() + " "
                        + e.getFootprint().hasCarbonMarket() + " "
                        + e.getFootprint().getCarbonMarket().getMid())
                .containsExactly(
                        "s1 exact 1200000000 false 0",
                        "s1+own-1 override 10000000000 true 100000000",
                        "s1 exact 1200000000 true 12000000",
                        "s1 exact 1200000000 false 0");
    }

    @Test
    void late_is_a_pure_function_of_the_record() throws Exception {
        publish("acme");
        long horizon = HORIZON.toMillis() * 1000;

        send(RawEvents.event("acme", "a", TS).setReceivedAtMicros(TS + horizon));
        send(RawEvents.event("acme", "b", TS).setReceivedAtMicros(TS + horizon + 1));

        assertThat(ledger()).extracting(EnrichedEvent::getLate).containsExactly(false, true);
    }

    @Test
    void memory_of_an_identity_ends_fifteen_minutes_after_the_horizon() throws Exception {
        publish("acme");
        long end = TS / 1000 + HORIZON.toMillis() + Duration.ofMinutes(15).toMillis();
        send(RawEvents.event("acme", "a", TS));

        task.watermark(end - 1);
        assertThat(stateEntries()).isEqualTo(1);
        task.watermark(end);

        assertThat(stateEntries()).isZero();
        assertThat(task.numEventTimeTimers()).isZero();
    }

    @Test
    void set_is_chosen_by_the_moment_of_receipt() throws Exception {
        publish("acme");
        broadcast(RawEvents.factorSet("s2", TS + 60_000_000, "0.002", 50), false);

        send(RawEvents.event("acme", "a", TS).setReceivedAtMicros(TS + 59_999_999));
        send(RawEvents.event("acme", "b", TS).setReceivedAtMicros(TS + 60_000_000));

        assertThat(ledger()).extracting(e -> e.getFootprint().getFactorSet()).containsExactly("s1", "s2");
    }

    @Test
    void local_day_has_23_or_25_hours_when_clocks_change() throws Exception {
        broadcast(List.of(RawEvents.organisation("ams", "Europe/Amsterdam", 5)), false);
        publish("acme");

        send(RawEvents.event("ams", "spring", RawEvents.micros("2026-03-29T10:00:00Z")));
        send(RawEvents.event("ams", "autumn", RawEvents.micros("2026-10-25T10:00:00Z")));
        send(RawEvents.event("ams", "before-midnight", RawEvents.micros("2026-03-01T22:59:59.999999Z")));
        send(RawEvents.event("ams", "after-midnight", RawEvents.micros("2026-03-01T23:00:00Z")));

        List<EnrichedEvent> days = ledger();
        assertThat(hours(days.get(0))).isEqualTo(23);
        assertThat(hours(days.get(1))).isEqualTo(25);
        assertThat(LocalDate.ofEpochDay(days.get(2).getLocalEpochDay())).isEqualTo(LocalDate.parse("2026-03-01"));
        assertThat(LocalDate.ofEpochDay(days.get(3).getLocalEpochDay())).isEqualTo(LocalDate.parse("2026-03-02"));
    }

    @Test
    void days_meet_without_gap_or_overlap_when_an_organisation_changes_its_zone() throws Exception {
        int change = Math.toIntExact(LocalDate.parse("2026-03-10").toEpochDay());
        broadcast(
                List.of(
                        zones("west", "Europe/Amsterdam", change, "America/Santiago"),
                        zones("east", "America/Santiago", change, "Asia/Kolkata")),
                false);
        publish("acme");

        // Amsterdam's midnight is 23:00Z, Santiago's 03:00Z: the 9th goes on until the new zone's 10th begins.
        send(RawEvents.event("west", "a", RawEvents.micros("2026-03-10T01:00:00Z")));
        send(RawEvents.event("west", "b", RawEvents.micros("2026-03-10T03:00:00Z")));
        // Kolkata's midnight is 18:30Z of the 9th: the old day is cut short.
        send(RawEvents.event("east", "a", RawEvents.micros("2026-03-09T18:29:59Z")));
        send(RawEvents.event("east", "b", RawEvents.micros("2026-03-09T18:30:00Z")));

        List<EnrichedEvent> days = ledger();
        for (int i = 0; i < 4; i += 2) {
            assertThat(days.get(i).getLocalEpochDay()).isEqualTo(change - 1);
            assertThat(days.get(i + 1).getLocalEpochDay()).isEqualTo(change);
            assertThat(days.get(i).getDayEndMillis()).isEqualTo(days.get(i + 1).getDayStartMillis());
        }
    }

    private static ReferenceEntry zones(String org, String before, int fromEpochDay, String after) {
        ReferenceEntry entry = RawEvents.organisation(org, before, 5);
        return entry.toBuilder()
                .setOrganisation(entry.getOrganisation().toBuilder()
                        .addTimeZones(TimeZoneSpan.newBuilder()
                                .setFromEpochDay(fromEpochDay)
                                .setZone(after)))
                .build();
    }

    private static long hours(EnrichedEvent enriched) {
        return (enriched.getDayEndMillis() - enriched.getDayStartMillis()) / 3_600_000;
    }
}
