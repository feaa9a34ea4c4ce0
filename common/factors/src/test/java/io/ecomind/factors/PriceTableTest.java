package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ecomind.footprint.Rating.Match;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How many of the models that are for sale the shipped set rates. An excerpt of a price table is always checked. The whole
 * tables are in {@code data/factors} of the folder that the system property {@code ecomind.shared} names; without it their
 * test is reported as skipped.
 */
class PriceTableTest {
    private static final Instant MOMENT = Instant.parse("2026-08-01T00:00:00Z");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void the_excerpt_of_a_table_is_covered_to_95_percent() throws Exception {
        Path excerpt =
                Path.of(Objects.requireNonNull(PriceTableTest.class.getResource("/prices/genai_prices_excerpt.csv"))
                        .toURI());
        check(excerpt, 60, 95);
    }

    @Test
    void the_whole_tables_are_covered_to_95_percent() throws Exception {
        String shared = System.getProperty("ecomind.shared");
        assumeTrue(shared != null && !shared.isEmpty(), "the system property ecomind.shared names no folder of tables");
        Path factors = Path.of(shared, "data", "factors");
        check(factors.resolve("model_prices_genai_prices_2026-08.csv"), 1_400, 95);
        check(factors.resolve("model_prices_litellm_2025-09.csv"), 1_500, 95);
    }

    private static void check(Path file, int names, double percent) throws IOException, FactorSetException {
        PriceTable.PriceTableCoverage coverage = coverage(file);
        System.out.printf(
                "%s: %d names, %.2f %% covered, %s, %d left out%n",
                file.getFileName(),
                coverage.looked().size(),
                coverage.percent(),
                coverage.byMatch(),
                coverage.leftOut().size());
        assertThat(coverage.looked()).hasSizeGreaterThan(names);
        assertThat(coverage.percent()).as("uncovered: %s", coverage.uncovered()).isGreaterThanOrEqualTo(percent);
    }

    @Test
    void names_count_by_their_mode() throws Exception {
        PriceTable.PriceTableCoverage coverage = coverage(write("provider,model,mode\n"
                + "openai,gpt-4o,chat\nopenai,text-embedding-3-small,embedding\nopenai,dall-e-3,image_generation\n"
                + "openai,gpt-4o,\n"));
        assertThat(coverage.looked()).hasSize(2);
        assertThat(coverage.looked().get(0).match()).isEqualTo(Match.EXACT);
        assertThat(coverage.looked().get(0).row()).isEqualTo("openai/gpt-4o");
        assertThat(coverage.leftOut())
                .extracting(PriceTable.PricedName::leftOut)
                .containsExactly("mode image_generation", "no mode");
    }

    @Test
    void without_modes_names_count_by_their_words() throws Exception {
        PriceTable.PriceTableCoverage coverage = coverage(write("provider,model_id\n"
                + "openai,gpt-4o\nopenai,gpt-image-1\nopenai,gpt-4o-mini-tts\nopenai,omni-moderation-latest\n"
                + "nobody,imaginary\n"));
        assertThat(coverage.looked())
                .extracting(covered -> covered.name().model())
                .containsExactly("gpt-4o", "imaginary");
        assertThat(coverage.leftOut())
                .extracting(PriceTable.PricedName::leftOut)
                .containsExactly("word image", "word tts", "word moderation");
        assertThat(coverage.uncovered()).hasSize(1);
        assertThat(coverage.percent()).isEqualTo(50);
    }

    @Test
    void a_table_of_another_form_is_refused() {
        assertThatThrownBy(() -> PriceTable.read(write("name,price\ngpt,1\n")))
                .hasMessageContaining(
                        "prices.csv:1: the header must have the columns provider and model_id (or model)");
        assertThatThrownBy(() -> PriceTable.read(write("provider,model\ngpt\n")))
                .hasMessageContaining("prices.csv:2: a row must have 2 fields, has 1");
    }

    private static PriceTable.PriceTableCoverage coverage(Path file) throws IOException, FactorSetException {
        return PriceTable.read(file).coverage(FactorSetFiles.shipped().parse(), MOMENT);
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("prices.csv"), text);
    }
}
