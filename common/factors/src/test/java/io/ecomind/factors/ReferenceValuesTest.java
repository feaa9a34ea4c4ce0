package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ecomind.footprint.Bound;
import io.ecomind.footprint.CallProfile;
import io.ecomind.footprint.Explanation;
import io.ecomind.footprint.FactorRow;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.Figures;
import io.ecomind.footprint.Hardware;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Rating;
import io.ecomind.footprint.SetRow;
import io.ecomind.footprint.Step;
import io.ecomind.footprint.UsageCall;
import io.ecomind.footprint.Workload;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The shipped set meets published figures, through the same search and arithmetic as an event. */
class ReferenceValuesTest {
    /** 2026-08-01, when every row of the shipped set that has a beginning has begun. */
    private static final long NOW_MICROS = 1_785_542_400_000_000L;

    private static final FactorSet ECOMIND = parse(FactorSetFiles.shipped());
    private static final FactorSet ECOLOGITS = parse(FactorSetFiles.shipped()
            .with("set.csv", "id,methodology,replaces,reason\nreference,ecologits-0.11.2,,The reference.\n"));

    static Stream<CSVRecord> goldenRows() throws IOException {
        return rows("ecologits_golden_0112.csv");
    }

    @ParameterizedTest
    @MethodSource("goldenRows")
    void ecologitsValueIsMet(CSVRecord row) {
        long outputTokens = Long.parseLong(row.get("output_tokens"));
        Explanation found = ECOLOGITS.explain(
                call(row.get("provider"), row.get("model"), row.get("zone"), 0, outputTokens, 0, 0),
                OrganisationFactors.NONE);
        assertThat(found.rating().match()).isEqualTo(Rating.Match.EXACT);

        // The published latency has more digits than the wire's milliseconds.
        var call = new Workload(0, 0, outputTokens, Double.parseDouble(row.get("latency_s")));
        double kgPerKwh = value(found, "I", Bound.MID);
        CallProfile profile = profile(found.rating().matched(), row.get("provider"));
        var figures = new Figures();
        profile.evaluate(call, kgPerKwh, value(found, "WUE_off", Bound.MID), figures);
        Bound bound = row.get("bound").equals("min") ? Bound.LOW : Bound.HIGH;
        double actual = switch (row.get("quantity")) {
            case "e" -> figures.energy(bound);
            case "g" -> figures.operational(bound) + figures.embodied(bound);
            case "wcf" -> figures.waterOnsite(bound) + figures.waterOffsite(bound);
            case "ge" -> figures.embodied(bound);
            case "adpe_e" -> profile.embodied(Hardware.ADPE, figures.seconds(bound), bound);
            case "pe_e" -> profile.embodied(Hardware.PE, figures.seconds(bound), bound);
            default -> throw new AssertionError("quantity " + row.get("quantity"));
        };
        double expected = Double.parseDouble(row.get("golden_0.11.2"));
        assertThat(actual).isCloseTo(expected, within(1e-12 * expected));
    }

    @Test
    void thereAre56GoldenValues() throws IOException {
        assertThat(goldenRows()).hasSize(56);
    }

    static Stream<CSVRecord> exampleRows() throws IOException {
        return rows("ecomind_1_examples.csv");
    }

    @ParameterizedTest
    @MethodSource("exampleRows")
    void ecomindExampleIsMet(CSVRecord row) {
        long uncached = Long.parseLong(row.get("tokens_in_uncached"));
        long cacheRead = Long.parseLong(row.get("tokens_cache_read"));
        long cacheWrite = Long.parseLong(row.get("tokens_cache_write"));
        long visible = Long.parseLong(row.get("tokens_out_visible"));
        long reasoning = Long.parseLong(row.get("tokens_reasoning"));
        Explanation explained = ECOMIND.explain(
                call(
                        row.get("provider"),
                        row.get("model"),
                        row.get("zone"),
                        uncached + cacheRead + cacheWrite,
                        visible + reasoning,
                        cacheRead,
                        0),
                OrganisationFactors.NONE);
        for (Bound bound : Bound.values()) {
            check(row, "it_decode_kwh", bound, value(explained, "E_dec", bound));
            check(row, "it_prefill_kwh", bound, value(explained, "E_pre", bound));
            check(row, "energy_kwh", bound, value(explained, "E", bound));
            check(row, "gwp_operational_kg", bound, value(explained, "co2_operational", bound));
            check(row, "gwp_embodied_kg", bound, value(explained, "co2_embodied", bound));
            check(row, "water_onsite_l", bound, value(explained, "water_on", bound));
            check(row, "water_offsite_l", bound, value(explained, "water_off", bound));
        }
    }

    @Test
    void thereAreFourExamples() throws IOException {
        assertThat(exampleRows()).hasSize(4);
    }

    private static void check(CSVRecord row, String quantity, Bound bound, double actual) {
        String column = quantity + "_" + bound.name().toLowerCase(Locale.ROOT);
        double expected = Double.parseDouble(row.get(column));
        assertThat(actual).as(column).isCloseTo(expected, within(1e-9 * expected));
    }

    private static CallProfile profile(String label, String provider) {
        var row = (FactorRow.Parametric) ECOLOGITS.rows().stream()
                .filter(listed -> listed.label().equals(label))
                .findFirst()
                .orElseThrow();
        SetRow.Provider site = ECOLOGITS.sites().stream()
                .filter(listed -> listed.provider().equals(provider.replace('_', '-')))
                .findFirst()
                .orElseThrow();
        return new CallProfile(ECOLOGITS.methodology(), row.parameters(), site.site());
    }

    private static double value(Explanation explained, String symbol, Bound bound) {
        Step step = explained.steps().stream()
                .filter(s -> s.symbol().equals(symbol))
                .findFirst()
                .orElseThrow(() -> new AssertionError(symbol + " of " + explained.rating()));
        return switch (bound) {
            case LOW -> step.low();
            case MID -> step.mid();
            case HIGH -> step.high();
        };
    }

    private static UsageCall call(
            String provider, String model, String zone, long in, long out, long cacheRead, long latencyMillis) {
        return new UsageCall(
                provider, model, zone, "text", in, out, cacheRead, latencyMillis, 0, NOW_MICROS, NOW_MICROS);
    }

    private static Stream<CSVRecord> rows(String name) throws IOException {
        var in = Objects.requireNonNull(ReferenceValuesTest.class.getResourceAsStream("/reference/" + name));
        try (var reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
            List<CSVRecord> rows = CSVFormat.RFC4180
                    .builder()
                    .setHeader()
                    .setSkipHeaderRecord(true)
                    .get()
                    .parse(reader)
                    .getRecords();
            return rows.stream();
        }
    }

    private static FactorSet parse(FactorSetFiles files) {
        try {
            return files.parse();
        } catch (FactorSetException e) {
            throw new AssertionError(String.join("\n", e.problems()), e);
        }
    }
}
