package io.ecomind.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.Heartbeat;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogClassifierTest {
    private static final LocalDate DAY = LocalDate.of(2026, 5, 4);
    private static final DayKey KEY = new DayKey("acme", DAY);
    private static final long NOON = DAY.toEpochDay() * 86_400_000_000L + 43_200_000_000L;
    private static final Map<Integer, OffsetRange> RANGES =
            Map.of(0, new OffsetRange(100, 200), 1, new OffsetRange(0, 50));

    private static final Band BAND =
            Band.newBuilder().setLow(4).setMid(5).setHigh(6).build();

    private final LogClassifier log = new LogClassifier(Selection.ALL, RANGES);

    @Test
    void each_record_is_exactly_one_thing() {
        log.enriched(0, 7, enriched(event("a"), 0, 100, false));
        log.enriched(0, 8, enriched(event("b"), 0, 101, true));
        log.rejected(0, 0, rejection("job", 0, 103));
        log.raw(0, 100, raw(event("a")));
        log.raw(0, 101, raw(event("b")));
        log.raw(0, 102, raw(event("a")));
        log.raw(0, 103, raw(event("b").toBuilder().setTokensIn(9).build()));
        log.raw(
                0,
                104,
                RawRecord.newBuilder()
                        .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(1))
                        .build()
                        .toByteArray());
        log.finish();
        DayCounts day = days();
        assertThat(day.live()).isEqualTo(1);
        assertThat(day.late()).isEqualTo(1);
        assertThat(day.duplicate()).isEqualTo(1);
        assertThat(day.rejected()).isEqualTo(1);
        assertThat(day.raw()).isEqualTo(4);
        assertThat(log.heartbeats()).isEqualTo(1);
        assertThat(log.findings().isEmpty()).isTrue();
    }

    @Test
    void the_ledger_adds_up_what_is_known_and_leaves_the_rest_unknown() throws Exception {
        EnrichedRecord uncovered = EnrichedRecord.parseFrom(enriched(event("b"), 0, 101, false));
        log.enriched(0, 7, enriched(event("a"), 0, 100, false));
        log.enriched(
                0,
                8,
                uncovered.toBuilder()
                        .setEvent(uncovered.getEvent().toBuilder().clearFootprint())
                        .build()
                        .toByteArray());
        VerifiedAmounts ledger = days().ledger();
        assertThat(ledger.count(Counter.UNCOVERED_COUNT)).isEqualTo(BigInteger.ONE);
        assertThat(ledger.count(Counter.UNCOVERED_TOKENS_IN)).isEqualTo(BigInteger.valueOf(3));
        assertThat(ledger.count(Counter.UNCOVERED_TOKENS_OUT)).isEqualTo(BigInteger.valueOf(4));
        assertThat(ledger.count(Counter.MARKET_COUNT)).isEqualTo(BigInteger.ONE);
        for (Figure figure : Figure.ALL) {
            BigDecimal expected = figure.quantity() == Quantity.ENERGY || figure.quantity() == Quantity.CARBON_MARKET
                    ? BigDecimal.valueOf(4 + figure.bound().ordinal(), 12)
                    : null;
            assertThat(ledger.amount(figure)).as(figure.column()).isEqualTo(expected);
        }
        var low = new Figure(Quantity.ENERGY, Bound.LOW);
        assertThat(ledger.minus(ledger).amount(low)).isNull();
        assertThat(ledger.plus(ledger).amount(low)).isEqualTo(BigDecimal.valueOf(8, 12));
        assertThat(ledger.differences(ledger.plus(VerifiedAmounts.NONE))).isEmpty();
        assertThat(ledger.differencesOfKnown(ledger.plus(ledger)))
                .hasSize(6)
                .contains("calls with kwh_low ledger 1, table 2");
    }

    @Test
    void a_record_that_nobody_accounts_for_is_missing_and_named() {
        log.enriched(0, 7, enriched(event("a"), 0, 100, false));
        log.raw(0, 100, raw(event("a")));
        log.raw(0, 101, raw(event("b")));
        log.finish();
        assertThat(log.missing()).isEqualTo(1);
        assertThat(log.findings().lines()).anyMatch(line -> line.contains("0:101 (org acme, id b)"));
    }

    @Test
    void the_first_offset_of_an_identity_wins_and_later_copies_count_for_nothing() {
        log.enriched(0, 7, enriched(event("a"), 0, 100, false));
        log.enriched(0, 8, enriched(event("a"), 0, 100, false));
        log.enriched(0, 9, enriched(event("a"), 0, 102, false));
        log.raw(0, 100, raw(event("a")));
        log.raw(0, 102, raw(event("a")));
        log.finish();
        assertThat(days().live()).isEqualTo(1);
        assertThat(days().duplicate()).isEqualTo(1);
        assertThat(days().ledger().count(Counter.CALL_COUNT)).isEqualTo(BigInteger.ONE);
        assertThat(log.findings().isEmpty()).isTrue();
    }

    @Test
    void the_same_id_with_another_time_is_another_event_of_the_ledger() {
        UsageEvent later = event("a").toBuilder().setTsMicros(NOON + 1).build();
        log.enriched(0, 7, enriched(event("a"), 0, 100, false));
        log.enriched(0, 8, enriched(later, 0, 101, true));
        log.raw(0, 100, raw(event("a")));
        log.raw(0, 101, raw(later));
        log.finish();
        assertThat(days().live()).isEqualTo(1);
        assertThat(days().late()).isEqualTo(1);
        assertThat(log.findings().isEmpty()).isTrue();
    }

    @Test
    void a_ledger_record_without_its_raw_record_is_a_finding() {
        log.enriched(0, 7, enriched(event("a"), 0, 100, false));
        log.finish();
        assertThat(log.findings().lines()).anyMatch(line -> line.contains("without an event in events.raw"));
    }

    @Test
    void what_is_both_counted_and_rejected_is_a_finding() {
        log.enriched(0, 7, enriched(event("a"), 0, 100, false));
        log.rejected(0, 0, rejection("job", 0, 100));
        log.raw(0, 100, raw(event("a")));
        log.finish();
        assertThat(log.findings().lines()).anyMatch(line -> line.contains("both counted and rejected"));
    }

    @Test
    void what_the_tables_refused_is_rejected_and_its_copies_are_duplicates() {
        log.rejected(0, 0, rejection("projection", 0, 100));
        log.rejected(0, 1, rejection("projection", 0, 100));
        log.enriched(0, 7, enriched(event("a"), 0, 100, false));
        log.enriched(0, 8, enriched(event("a"), 0, 100, false));
        log.enriched(0, 9, enriched(event("b"), 0, 101, false));
        log.raw(0, 100, raw(event("a")));
        log.raw(0, 101, raw(event("b")));
        log.raw(0, 102, raw(event("a")));
        log.finish();
        assertThat(days().rejected()).isEqualTo(1);
        assertThat(days().live()).isEqualTo(1);
        assertThat(days().duplicate()).isEqualTo(1);
        assertThat(days().ledger().count(Counter.CALL_COUNT)).isEqualTo(BigInteger.ONE);
        assertThat(log.selectedLedger().size()).isEqualTo(1);
        assertThat(log.missing()).isZero();
        assertThat(log.findings().isEmpty()).isTrue();
    }

    @Test
    void a_copy_that_was_counted_after_the_first_was_refused_is_in_the_ledger() {
        log.rejected(0, 0, rejection("projection", 0, 100));
        log.enriched(0, 7, enriched(event("a"), 0, 100, false));
        log.enriched(0, 8, enriched(event("a"), 0, 102, true));
        log.raw(0, 100, raw(event("a")));
        log.raw(0, 102, raw(event("a")));
        log.finish();
        assertThat(days().rejected()).isEqualTo(1);
        assertThat(days().late()).isEqualTo(1);
        assertThat(log.findings().isEmpty()).isTrue();
    }

    @Test
    void what_lies_beyond_the_captured_ends_is_left_alone() {
        log.enriched(0, 7, enriched(event("a"), 0, 200, false));
        log.enriched(0, 8, enriched(event("b"), 0, 99, false));
        log.finish();
        assertThat(log.days()).isEmpty();
        assertThat(log.findings().isEmpty()).isTrue();
    }

    @Test
    void undecodable_records_are_rejected_or_missing() {
        log.rejected(0, 0, rejection("job", 1, 3));
        log.raw(1, 3, new byte[] {1, 2, 3});
        log.raw(1, 4, new byte[] {1, 2, 3});
        log.finish();
        assertThat(log.days()
                        .getOrDefault(new DayKey("", null), new DayCounts())
                        .rejected())
                .isEqualTo(1);
        assertThat(log.missing()).isEqualTo(1);
    }

    @Test
    void what_the_gateway_refused_is_listed_by_code() {
        log.rejected(0, 0, rejection("gateway", 0, 0));
        assertThat(log.refusedByGateway()).containsEntry("id_conflict", 1L);
    }

    @Test
    void a_selection_leaves_other_organisations_and_days_out() {
        var selective = new LogClassifier(new Selection("acme", DAY.plusDays(1), DAY.plusDays(1)), RANGES);
        UsageEvent other = event("c").toBuilder().setOrgId("other").build();
        selective.enriched(0, 7, enriched(event("a"), 0, 100, false));
        selective.raw(0, 100, raw(event("a")));
        selective.raw(0, 101, raw(other));
        selective.finish();
        assertThat(selective.days()).isEmpty();
        assertThat(selective.findings().isEmpty()).isTrue();
        assertThat(selective.selectedLedger().size()).isZero();
    }

    @Test
    void identities_are_kept_apart_when_there_are_many() {
        var table = new IdentityTable();
        for (int i = 0; i < 200_000; i++) {
            assertThat(table.add(event("id-" + i), i % 7)).isTrue();
        }
        assertThat(table.size()).isEqualTo(200_000);
        for (int i = 0; i < 200_000; i++) {
            if (table.dayOf(event("id-" + i)) != i % 7) {
                throw new AssertionError("id-" + i + " has another day");
            }
        }
        assertThat(table.add(event("id-17"), 1)).isFalse();
        assertThat(table.dayOf(event("id-x"))).isEqualTo(IdentityTable.ABSENT);
    }

    @Test
    void a_sum_does_not_stop_at_the_size_of_a_long() {
        var sum = new ExactSum();
        sum.add(Long.MAX_VALUE);
        sum.add(Long.MAX_VALUE);
        sum.add(2);
        assertThat(sum.value()).isEqualTo(BigInteger.TWO.pow(64));
    }

    private DayCounts days() {
        DayCounts counts = log.days().get(KEY);
        assertThat(counts).isNotNull();
        return counts == null ? new DayCounts() : counts;
    }

    private static UsageEvent event(String id) {
        return UsageEvent.newBuilder()
                .setOrgId("acme")
                .setSource("s")
                .setId(id)
                .setTsMicros(NOON)
                .setReceivedAtMicros(NOON + 1_000_000)
                .setTokensIn(3)
                .setTokensOut(4)
                .build();
    }

    private static byte[] raw(UsageEvent event) {
        return RawRecord.newBuilder().setEvent(event).build().toByteArray();
    }

    private static byte[] enriched(UsageEvent event, int partition, long offset, boolean late) {
        return EnrichedRecord.newBuilder()
                .setEvent(EnrichedEvent.newBuilder()
                        .setEvent(event)
                        .setRawPartition(partition)
                        .setRawOffset(offset)
                        .setLate(late)
                        .setLocalEpochDay((int) DAY.toEpochDay())
                        .setFootprint(Footprint.newBuilder().setEnergy(BAND).setCarbonMarket(BAND)))
                .build()
                .toByteArray();
    }

    private static byte[] rejection(String origin, int partition, long offset) {
        return Rejection.newBuilder()
                .setOrigin(origin)
                .setOrgId("acme")
                .setCode("id_conflict")
                .setRawPartition(partition)
                .setRawOffset(offset)
                .build()
                .toByteArray();
    }
}
