package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.footprint.price.BillableCall;
import io.ecomind.footprint.price.BillableUsage;
import io.ecomind.footprint.price.OrganisationPrices;
import io.ecomind.footprint.price.PriceClass;
import io.ecomind.footprint.price.PriceExplanation;
import io.ecomind.footprint.price.PriceSet;
import io.ecomind.footprint.price.Unpriced;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;

/** The shipped prices give what genai-prices itself computes; its figures are in {@code reference/genai_prices_calls.csv}. */
class PriceReferenceTest {
    /**
     * genai-prices bills a cache write for an hour as one for five minutes where it has no price for it, and output
     * without a price as nothing. Such calls are uncovered here; all others cost the same to the last nano-dollar.
     */
    private static final Set<PriceClass> STRICTER =
            Set.of(PriceClass.CACHE_WRITE_1H, PriceClass.OUTPUT, PriceClass.REASONING);

    private static final PriceSet SHIPPED = ShippedPriceSetTest.parse();

    @Test
    void calls_cost_what_genai_prices_computes() throws IOException {
        List<String> different = new ArrayList<>();
        List<String> uncovered = new ArrayList<>();
        List<CSVRecord> rows = rows();
        for (CSVRecord row : rows) {
            PriceExplanation explanation = SHIPPED.explain(call(row), OrganisationPrices.NONE);
            BigDecimal expected = new BigDecimal(row.get("nano_usd_exact")).setScale(0, RoundingMode.HALF_EVEN);
            Long found = explanation.price().nanoUsd();
            if (found == null
                    && STRICTER.containsAll(explanation.withoutPrice())
                    && explanation.price().unpriced() == Unpriced.TOKEN_CLASS) {
                uncovered.add(row.get("model"));
            } else if (found == null || expected.compareTo(BigDecimal.valueOf(found)) != 0) {
                different.add(row.toMap() + " gives " + explanation.price());
            }
        }
        System.out.printf("%d calls, %d uncovered, %d different%n", rows.size(), uncovered.size(), different.size());
        assertThat(different).isEmpty();
        assertThat(rows).hasSizeGreaterThan(500);
        assertThat(uncovered).hasSizeLessThan(rows.size() / 20);
    }

    private static BillableCall call(CSVRecord row) {
        var ts = Instant.parse(row.get("ts"));
        long micros = ts.getEpochSecond() * 1_000_000L;
        return new BillableCall(
                row.get("provider"),
                row.get("model"),
                null,
                !row.get("batch").isEmpty(),
                new BillableUsage(
                        count(row, "tokens_in"),
                        count(row, "tokens_out"),
                        count(row, "cache_read"),
                        count(row, "cache_write"),
                        count(row, "cache_write_1h"),
                        count(row, "reasoning"),
                        count(row, "audio_in"),
                        0,
                        0,
                        0),
                micros,
                micros);
    }

    private static long count(CSVRecord row, String column) {
        return Long.parseLong(row.get(column));
    }

    private static List<CSVRecord> rows() throws IOException {
        var in = Objects.requireNonNull(
                PriceReferenceTest.class.getResourceAsStream("/reference/genai_prices_calls.csv"));
        try (var reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
            return CSVFormat.RFC4180
                    .builder()
                    .setHeader()
                    .setSkipHeaderRecord(true)
                    .get()
                    .parse(reader)
                    .getRecords();
        }
    }
}
