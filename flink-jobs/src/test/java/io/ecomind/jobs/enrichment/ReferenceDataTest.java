package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.FactorOverride;
import io.ecomind.contracts.v1.Organisation;
import io.ecomind.contracts.v1.PerCallFactor;
import io.ecomind.contracts.v1.PowerContract;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.TimeZoneSpan;
import io.ecomind.jobs.RawEvents;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one organisation's entry says wrongly is left out, and nobody else's data waits for it. */
class ReferenceDataTest {
    private static final Instant NEW_YEAR_IN_UTC = Instant.parse("2026-01-01T00:30:00Z");

    private final ReferenceData reference = new ReferenceData();
    private long version;

    @Test
    void a_zone_that_is_none_is_left_out_and_the_one_before_goes_on() throws Exception {
        apply(organisation("bad", "America/New_York", "Mars/Olympus_Mons"));
        apply(organisation("good", "Europe/Amsterdam", "Asia/Tokyo"));

        assertThat(dayOf("bad")).isEqualTo(LocalDate.of(2025, 12, 31));
        assertThat(dayOf("good")).isEqualTo(LocalDate.of(2026, 1, 1));
        assertThat(reference.leftOut()).isEqualTo(1);

        apply(organisation("bad", "America/New_York", "Asia/Tokyo"));
        assertThat(reference.leftOut()).isZero();
    }

    @Test
    void without_any_valid_zone_days_are_those_of_utc() throws Exception {
        apply(organisation("bad", "", "+99:00"));

        assertThat(dayOf("bad")).isEqualTo(LocalDate.of(2026, 1, 1));
        assertThat(reference.leftOut()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "NaN", "-1", "Infinity", "1e400"})
    void a_factor_that_is_none_is_left_out_and_takes_its_predecessor_along(String number) throws Exception {
        apply(override("bad", "0.5"));
        assertThat(reference.leftOut()).isZero();

        apply(override("bad", number));
        apply(contract("bad", number));
        apply(override("good", "0.5"));

        assertThat(reference.leftOut()).isEqualTo(2);
        // As after a start, when the entry before is not known.
        var anew = new ReferenceData();
        anew.apply(change(override("bad", number)));
        assertThat(anew.leftOut()).isEqualTo(1);
        assertThat(reference.ownFactors("bad")).isNotNull();
        assertThat(reference.ownFactors("good")).isNotNull();
    }

    @Test
    void an_entry_of_a_kind_that_is_not_known_is_left_out() throws Exception {
        apply(ReferenceEntry.newBuilder().setKey("later/kind").build());

        assertThat(reference.leftOut()).isEqualTo(1);
    }

    @Test
    void an_entry_that_is_deleted_is_not_left_out_any_more() throws Exception {
        apply(override("bad", "x"));
        reference.apply(new ReferenceChange(
                "override/bad/1",
                ++version,
                true,
                ReferenceEntry.newBuilder()
                        .setKey("override/bad/1")
                        .setDeleted(true)
                        .build()
                        .toByteArray()));

        assertThat(reference.leftOut()).isZero();
    }

    @Test
    void events_of_others_are_rated_while_one_organisation_has_a_zone_that_is_none() throws Exception {
        for (ReferenceEntry entry : RawEvents.reference("good")) {
            apply(entry);
        }
        apply(organisation("bad", "Mars/Olympus_Mons", "Mars/Olympus_Mons"));
        for (String org : List.of("good", "bad")) {
            var event = RawEvents.event(org, "a", RawEvents.micros("2026-01-01T00:30:00Z"))
                    .build();
            LedgerRecord record = LedgerRecords.of(
                    new ReadRawRecord()
                            .read(0, 0, event.getReceivedAtMicros() / 1000, null, RawEvents.raw(event.toBuilder())),
                    event,
                    reference,
                    RateCall.BY_CATALOGUE,
                    Long.MAX_VALUE / 4);
            assertThat(record).as(org).isNotNull();
        }
    }

    private LocalDate dayOf(String org) {
        var day = reference.localDay(org, NEW_YEAR_IN_UTC);
        assertThat(day).isNotNull();
        return day.date();
    }

    private void apply(ReferenceEntry entry) throws Exception {
        reference.apply(change(entry));
    }

    private ReferenceChange change(ReferenceEntry entry) {
        return new ReferenceChange(entry.getKey(), ++version, false, entry.toByteArray());
    }

    private static ReferenceEntry organisation(String id, String first, String second) {
        return ReferenceEntry.newBuilder()
                .setKey("org/" + id)
                .setOrganisation(Organisation.newBuilder()
                        .setId(id)
                        .addTimeZones(TimeZoneSpan.newBuilder().setZone(first))
                        .addTimeZones(TimeZoneSpan.newBuilder()
                                .setFromEpochDay(20_000)
                                .setZone(second)))
                .build();
    }

    private static ReferenceEntry override(String org, String kwh) {
        return ReferenceEntry.newBuilder()
                .setKey("override/" + org + "/1")
                .setFactorOverride(FactorOverride.newBuilder()
                        .setOrgId(org)
                        .setId("1")
                        .setProvider("openai")
                        .setModel("gpt-4o")
                        .setPerCall(PerCallFactor.newBuilder()
                                .setKwhPerCall(kwh)
                                .setPue("1.2")
                                .setWaterLPerKwh("1")
                                .setCo2KgPerKwh("0.4"))
                        .setSource("measured"))
                .build();
    }

    private static ReferenceEntry contract(String org, String kilograms) {
        return ReferenceEntry.newBuilder()
                .setKey("contract/" + org + "/1")
                .setPowerContract(PowerContract.newBuilder()
                        .setOrgId(org)
                        .setId("1")
                        .setKgPerKwh(kilograms)
                        .setSource("bought"))
                .build();
    }
}
