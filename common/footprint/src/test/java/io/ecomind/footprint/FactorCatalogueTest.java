package io.ecomind.footprint;

import static io.ecomind.footprint.SmallSet.call;
import static io.ecomind.footprint.SmallSet.days;
import static io.ecomind.footprint.SmallSet.lastResort;
import static io.ecomind.footprint.SmallSet.micros;
import static io.ecomind.footprint.SmallSet.model;
import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.footprint.FactorCatalogue.Active;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FactorCatalogueTest {
    private static final FactorSet FIRST = lastResort("first", Methodology.ECOMIND_1)
            .add(model("p", "m", 8, days(null, "2026-03-01")))
            .add(model("p", "m", 9, days("2026-03-01", null)))
            .build();
    private static final FactorSet SECOND = lastResort("second", Methodology.ECOMIND_1)
            .add(model("p", "m", 70, days(null, "2026-03-01")))
            .add(model("p", "m", 71, days("2026-03-01", null)))
            .build();
    private static final FactorCatalogue CATALOGUE = new FactorCatalogue(List.of(
            new Active(SECOND, micros("2026-03-10T12:00:00Z")), new Active(FIRST, micros("2026-01-01T00:00:00Z"))));

    @ParameterizedTest
    @CsvSource({
        "2025-12-31T23:59:59.999999Z, ''",
        "2026-01-01T00:00:00Z, first",
        "2026-03-10T11:59:59.999999Z, first",
        "2026-03-10T12:00:00Z, second",
        "2026-03-10T12:00:00.000001Z, second",
        "2030-01-01T00:00:00Z, second"
    })
    void theSetIsTheOneThatWasActiveWhenTheEventWasReceived(String receivedAt, String id) {
        for (String happened : List.of("1999-01-01", "2026-02-28", "2026-03-01", "2029-01-01")) {
            Rating rating = CATALOGUE.rate(
                    call("p", "m").at(happened).receivedAt(receivedAt).make(), OrganisationFactors.NONE);
            assertThat(rating.factorSet()).isEqualTo(id);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-01-01", "2026-03-05", "2026-03-11", "2027-01-01"})
    void theRowIsTheOneOfTheDayOfTheEvent(String receivedAt) {
        long before = energy(call("p", "m").at("2026-02-28T23:59:59Z").receivedAt(receivedAt));
        long after = energy(call("p", "m").at("2026-03-01T00:00:00Z").receivedAt(receivedAt));
        boolean first = micros(receivedAt) < micros("2026-03-10T12:00:00Z");
        assertThat(before).isEqualTo(energyOf(first ? 8 : 70));
        assertThat(after).isEqualTo(energyOf(first ? 9 : 71));
    }

    private static long energy(SmallSet.TestCall call) {
        return SmallSet.nanos(CATALOGUE.rate(call.make(), OrganisationFactors.NONE), Quantity.ENERGY);
    }

    private static long energyOf(double billions) {
        return call("p", "m")
                .energyBy(lastResort().add(model("p", "m", billions)).build());
    }

    @Test
    void ofTwoSetsOfOneMomentTheChoiceDoesNotDependOnTheirOrder() {
        var one = new Active(FIRST, 5);
        var other = new Active(SECOND, 5);
        assertThat(new FactorCatalogue(List.of(one, other)).activeAt(5)).isSameAs(SECOND);
        assertThat(new FactorCatalogue(List.of(other, one)).activeAt(5)).isSameAs(SECOND);
    }

    @Test
    void withoutAnySetEverythingIsUncovered() {
        var empty = new FactorCatalogue(List.of());
        assertThat(empty.activeAt(Long.MAX_VALUE)).isNull();
        assertThat(empty.rate(call("p", "m").make(), OrganisationFactors.NONE)).isEqualTo(Rating.uncovered(""));
    }
}
