package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.footprint.Explanation;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Step;
import io.ecomind.footprint.UsageCall;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Names as senders write them find the right row of the shipped set, and never that of a model of another size. */
class CoverageTest {
    /** 2026-08-01. */
    private static final long NOW_MICROS = 1_785_542_400_000_000L;

    private static final FactorSet SHIPPED = parse();

    static Stream<CSVRecord> names() throws IOException {
        var in = Objects.requireNonNull(CoverageTest.class.getResourceAsStream("/reference/coverage.csv"));
        try (var reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
            return CSVFormat.RFC4180
                    .builder()
                    .setHeader()
                    .setSkipHeaderRecord(true)
                    .get()
                    .parse(reader)
                    .getRecords()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void aNameFindsItsRow(CSVRecord row) {
        var call = new UsageCall(
                row.get("provider"), row.get("model"), "", "text", 1_000, 100, 0, 0, 0, NOW_MICROS, NOW_MICROS);
        Explanation found = SHIPPED.explain(call, OrganisationFactors.NONE);
        assertThat(found.rating().match().id()).isEqualTo(row.get("match"));
        assertThat(found.rating().matched()).isEqualTo(row.get("matched"));
        if (!row.get("total_b").isEmpty()) {
            assertThat(found.steps())
                    .filteredOn(step -> step.symbol().equals("P_tot"))
                    .extracting(Step::high)
                    .containsExactly(Double.valueOf(row.get("total_b")));
        }
    }

    @Test
    void everyKindOfMatchIsThere() throws IOException {
        assertThat(names()).hasSizeGreaterThanOrEqualTo(60);
        assertThat(names().map(row -> row.get("match")).distinct())
                .containsExactlyInAnyOrder("exact", "alias", "family", "class", "provider", "none");
    }

    private static FactorSet parse() {
        try {
            return FactorSetFiles.shipped().parse();
        } catch (FactorSetException e) {
            throw new AssertionError(String.join("\n", e.problems()), e);
        }
    }
}
