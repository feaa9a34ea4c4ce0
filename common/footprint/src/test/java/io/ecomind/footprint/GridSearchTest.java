package io.ecomind.footprint;

import static io.ecomind.footprint.SmallSet.call;
import static io.ecomind.footprint.SmallSet.hour;
import static io.ecomind.footprint.SmallSet.lastResort;
import static io.ecomind.footprint.SmallSet.model;
import static io.ecomind.footprint.SmallSet.month;
import static io.ecomind.footprint.SmallSet.region;
import static io.ecomind.footprint.SmallSet.site;
import static io.ecomind.footprint.SmallSet.water;
import static io.ecomind.footprint.SmallSet.year;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.quicktheories.QuickTheory.qt;
import static org.quicktheories.generators.SourceDSL.longs;

import io.ecomind.footprint.Rating.GridMatch;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose intensity and whose water a call takes. */
class GridSearchTest {
    private static final FactorSet SET = lastResort()
            .add(model("p", "m", 8))
            .add(site("p", "DEU", 1.2, 0.5))
            .add(model("nowhere", "m", 8))
            .add(site("nowhere", "ZZZ", 1.2, 0.5))
            .add(model("owner", "homeless", 8))
            .add(region("us-west-1", "US-CA", "USA"))
            .add(region("us-east-1", "US-VA", "USA"))
            .add(region("europe-west9", "FR-IDF", "FRA"))
            .add(year("USA", 2022, 400))
            .add(year("USA", 2024, 380))
            .add(year("DEU", 2022, 350))
            .add(year("FRA", 2022, 40))
            .add(year("SAU", 2022, 700))
            .add(year("US-CA", 2022, 230))
            .add(month("US-CA", "2024-03", 210))
            .add(month("USA", "2024-05", 370))
            .add(hour("USA", "2024-07-01T10", 333))
            .add(hour("US-CA", "2024-07-01T11", 111))
            .add(water("USA", 3.1))
            .add(water("DEU", 1.9))
            .build();

    @ParameterizedTest
    @CsvSource({
        // The finest resolution that covers the time, whatever its zone.
        "us-west-1, 2024-07-01T10:00:00Z, USA, hour",
        "us-west-1, 2024-07-01T10:59:59.999999Z, USA, hour",
        "us-west-1, 2024-07-01T11:00:00Z, US-CA, hour",
        "us-east-1, 2024-07-01T11:00:00Z, USA, year",
        "us-west-1, 2024-07-01T12:00:00Z, US-CA, year",
        "us-west-1, 2024-07-01T09:59:59.999999Z, US-CA, year",
        "us-west-1, 2024-05-31T23:59:59.999999Z, USA, month",
        "us-west-1, 2024-03-01T00:00:00Z, US-CA, month",
        "us-west-1, 2024-02-29T23:59:59.999999Z, US-CA, year",
        "us-west-1, 2024-04-01T00:00:00Z, US-CA, year",
        // The region's zone, then its country.
        "us-west-1, 2024-01-01T00:00:00Z, US-CA, year",
        "us-east-1, 2024-01-01T00:00:00Z, USA, year",
        "US_EAST_1, 2024-01-01T00:00:00Z, USA, year",
        "europe-west9, 2024-01-01T00:00:00Z, FRA, year",
        // Zones and countries as the region itself.
        "US-CA, 2024-01-01T00:00:00Z, US-CA, year",
        "us-ca, 2024-07-01T10:30:00Z, USA, hour",
        "US-NY, 2024-01-01T00:00:00Z, USA, year",
        "FR, 2024-01-01T00:00:00Z, FRA, year",
        "fr, 2024-01-01T00:00:00Z, FRA, year",
        "FRA, 2024-01-01T00:00:00Z, FRA, year",
        "FR-75C, 2024-01-01T00:00:00Z, FRA, year",
        "SA, 2024-01-01T00:00:00Z, SAU, year"
    })
    void theRegionsOwnGridIsFound(String region, String moment, String zone, String resolution) {
        Rating rating = call("p", "m").in(region).at(moment).by(SET);
        assertThat(rating.gridZone()).isEqualTo(zone);
        assertThat(rating.gridResolution()).isEqualTo(resolution);
        assertThat(rating.gridMatch()).isEqualTo(GridMatch.REGION);
    }

    @ParameterizedTest
    @CsvSource({
        "''",
        "' '",
        "UNKNOWN",
        "unknown",
        "Unknown",
        "sa-east-9",
        "us-east-99",
        "moon-base-1",
        "XX",
        "xx-1",
        "ITA",
        "12",
        "EU",
        "é1",
        "USAA"
    })
    void anUnknownRegionTakesTheProvidersGridThenTheWorlds(String region) {
        Rating rating = call("p", "m").in(region).by(SET);
        assertThat(rating.gridMatch()).isEqualTo(GridMatch.PROVIDER);
        assertThat(rating.gridZone()).isEqualTo("DEU");
        assertThat(rating.gridResolution()).isEqualTo("year");
        assertThat(call("unlisted", "m").in(region).by(SET).gridZone()).isEqualTo("DEU");
        for (Rating world : List.of(
                call("nowhere", "m").in(region).by(SET),
                call("unlisted", "homeless").in(region).by(SET))) {
            assertThat(world.gridMatch()).isEqualTo(GridMatch.WORLD);
            assertThat(world.gridZone()).isEqualTo("WOR");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1999-06-15, 400",
        "2021-12-31, 400",
        "2022-01-01, 400",
        "2023-06-15, 400",
        "2023-12-31, 400",
        "2024-01-01, 380",
        "2026-06-15, 380",
        "2999-01-01, 380"
    })
    void aYearStandsUntilTheNextAndTheFirstAlsoBefore(String day, double grams) {
        UsageCall call = call("p", "m").in("USA").at(day).make();
        Explanation explained = SET.explain(call, OrganisationFactors.NONE);
        assertThat(explained.steps())
                .filteredOn(step -> step.symbol().equals("I"))
                .singleElement()
                .satisfies(step -> assertThat(step.mid()).isEqualTo(grams / 1000));
    }

    @ParameterizedTest
    @CsvSource({
        "us-west-1, p, 3.1",
        "US-CA, p, 3.1",
        "US, p, 3.1",
        // France has a grid in this set and no water of its own: the world's, not that of the provider's country.
        "FR, p, 4",
        "'', p, 1.9",
        "'', nowhere, 4",
        "FR, nowhere, 4"
    })
    void waterIsOfThePlaceWhoseGridWasTaken(String region, String provider, double litresPerKwh) {
        Explanation explained = SET.explain(call(provider, "m").in(region).make(), OrganisationFactors.NONE);
        assertThat(explained.steps())
                .filteredOn(step -> step.symbol().equals("WUE_off"))
                .singleElement()
                .satisfies(step -> assertThat(step.mid()).isEqualTo(litresPerKwh));
    }

    @Test
    void manyInventedRegionsDoNotChangeWhatIsFound() {
        for (int i = 0; i < 25_000; i++) {
            assertThat(call("p", "m").in("invented-" + i).by(SET).gridMatch()).isEqualTo(GridMatch.PROVIDER);
        }
        assertThat(call("p", "m").in("us-east-1").by(SET).gridZone()).isEqualTo("USA");
    }

    @Test
    void monthsAreThoseOfTheCalendar() {
        long fromDay = LocalDate.of(0, 1, 1).toEpochDay();
        long toDay = LocalDate.of(9999, 12, 31).toEpochDay();
        qt().withExamples(20_000)
                .forAll(longs().between(fromDay, toDay), longs().between(0, 86_399_999_999L))
                .checkAssert((day, micros) -> {
                    LocalDate date = LocalDate.ofEpochDay(day);
                    assertThat(GridTable.month(day * 86_400_000_000L + micros))
                            .isEqualTo(date.getYear() * 12 + date.getMonthValue() - 1);
                });
        for (LocalDate date = LocalDate.of(1895, 1, 1); date.getYear() < 2105; date = date.plusDays(1)) {
            int expected = date.getYear() * 12 + date.getMonthValue() - 1;
            assertThat(GridTable.month(date.toEpochDay() * 86_400_000_000L)).isEqualTo(expected);
            assertThat(GridTable.month(date.toEpochDay() * 86_400_000_000L + 86_399_999_999L))
                    .isEqualTo(expected);
        }
    }

    @Test
    void aRegionWithoutAnyGridIsRefused() {
        assertThatThrownBy(
                        () -> lastResort().add(region("eu-x", "IT-NO", "ITA")).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("eu-x")
                .hasMessageContaining("ITA");
    }

    @Test
    void twoFiguresForOneTimeAreRefused() {
        assertThatThrownBy(() -> lastResort().add(year("usa", 2022, 1)).add(year("USA", 2022, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two rows of one year");
        assertThatThrownBy(() -> lastResort().add(month("USA", "2022-01", 1)).add(month("USA", "2022-01", 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two rows of one month");
        assertThatThrownBy(
                        () -> lastResort().add(hour("USA", "2022-01-01T00", 1)).add(hour("USA", "2022-01-01T00", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two rows of one hour");
    }
}
