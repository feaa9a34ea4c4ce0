package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.footprint.FactorRow;
import io.ecomind.footprint.SetRow;
import io.ecomind.footprint.price.PriceClass;
import io.ecomind.footprint.price.PriceRow;
import io.ecomind.footprint.price.PriceSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The price set that comes with this version. */
class ShippedPriceSetTest {
    private static final Path FOLDER = Path.of("src/main/resources/prices");
    private static final PriceSet SHIPPED = parse();

    /** One provider for the footprint, and another bill, several, or none by tokens. */
    private static final Set<String> NOT_THE_SELLER =
            Set.of("openai-compatible", "chatgpt", "sagemaker", "zai", "z-ai", "zai-org");

    static PriceSet parse() {
        try {
            return PriceSetFiles.shipped().parse();
        } catch (FactorSetException e) {
            throw new AssertionError(String.join("\n", e.problems()), e);
        }
    }

    @Test
    void it_can_be_read_whole() {
        assertThat(SHIPPED.id()).isEqualTo(PriceSetFiles.SHIPPED);
        assertThat(SHIPPED.replaces()).isEmpty();
        assertThat(SHIPPED.reason()).isNotBlank();
        assertThat(SHIPPED.rows()).hasSizeGreaterThan(6_000);
        assertThat(SHIPPED.aliases()).hasSizeGreaterThan(1_300);
        assertThat(SHIPPED.rows()).anyMatch(row -> row.aboveTokens() > 0);
        assertThat(SHIPPED.rows()).anyMatch(PriceRow::batch);
        for (PriceClass priced : PriceClass.values()) {
            assertThat(SHIPPED.rows())
                    .as(priced.column())
                    .anyMatch(row -> row.rates().own(priced) != null);
        }
    }

    @Test
    void the_readme_tells_how_much_there_is() throws IOException {
        long models = SHIPPED.rows().stream()
                .map(row -> row.seller() + "\n" + FactorRow.normal(row.model()))
                .distinct()
                .count();
        long sellers = SHIPPED.rows().stream().map(PriceRow::seller).distinct().count();
        int bytes = 0;
        for (String name : PriceSetFiles.NAMES) {
            bytes += PriceSetFiles.shipped().text(name).getBytes(StandardCharsets.UTF_8).length;
        }
        assertThat(Files.readString(FOLDER.resolve("README.md")))
                .contains(String.format(
                        Locale.ROOT,
                        "%,d, %,d, %,d, %,d",
                        sellers,
                        models,
                        SHIPPED.rows().size(),
                        SHIPPED.aliases().size()))
                .contains(String.format(
                        Locale.ROOT,
                        "%,d bytes, %d",
                        bytes,
                        PriceSetFiles.shipped().parts().size()));
    }

    @Test
    void it_travels_in_pieces() throws FactorSetException {
        PriceSetFiles files = PriceSetFiles.shipped();
        var parts = new TreeMap<Integer, FactorSetFiles.Part>();
        files.parts().forEach(part -> parts.put(part.number(), part));
        PriceSetFiles joined = PriceSetFiles.join(parts, parts.size(), files.sha256());
        assertThat(joined.sha256()).isEqualTo(files.sha256());
        assertThat(joined.parse().rows()).hasSameSizeAs(SHIPPED.rows());
    }

    @Test
    void each_row_names_its_package_version_and_licence() {
        assertThat(SHIPPED.rows()).allSatisfy(row -> {
            assertThat(row.citation().source())
                    .matches("(genai-prices 0\\.2\\.3|litellm 1\\.(110\\.2|77\\.5)), provider .+");
            assertThat(row.citation().licence()).isEqualTo("MIT");
        });
    }

    @Test
    void both_licences_are_beside_the_data() throws IOException {
        String page = Files.readString(FOLDER.resolve("LICENSE.md"));
        assertThat(page)
                .contains("Copyright (c) Pydantic Services Inc. 2025 to present", "Copyright (c) 2023 Berri AI")
                .contains("Permission is hereby granted, free of charge");
    }

    /** A footprint and a bill that knew a provider under different names could not be shown in one line. */
    @Test
    void a_seller_has_the_name_that_the_factor_set_has_for_it() throws FactorSetException {
        List<String> wrong = new ArrayList<>();
        Set<String> sellers =
                SHIPPED.rows().stream().map(PriceRow::seller).collect(Collectors.toCollection(TreeSet::new));
        for (SetRow.ProviderAlias alias : FactorSetFiles.shipped().parse().providerAliases()) {
            String name = FactorRow.normal(alias.alias());
            if (NOT_THE_SELLER.contains(name)) {
                assertThat(SHIPPED.seller(name)).isNotEqualTo(alias.provider());
            } else if (sellers.contains(alias.provider())
                    && !SHIPPED.seller(alias.alias()).equals(alias.provider())) {
                wrong.add(alias.alias() + " is " + alias.provider() + " there and " + SHIPPED.seller(alias.alias()));
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(List.of(
                        "openai", "OpenAI", "azure_openai", "aws", "bedrock", "gcp.vertex_ai", "vertex_ai", "mistral"))
                .extracting(SHIPPED::seller)
                .containsExactly(
                        "openai", "openai", "azure", "aws", "aws", "google-genai", "google-genai", "mistralai");
    }

    @Test
    void every_other_name_of_a_seller_leads_to_one_with_prices() {
        Set<String> sellers = SHIPPED.rows().stream()
                .map(row -> FactorRow.normal(row.seller()))
                .collect(Collectors.toSet());
        for (Map.Entry<String, String> alias : SHIPPED.sellers().entrySet()) {
            assertThat(sellers).as(alias.getKey()).contains(alias.getValue());
        }
    }

    /** Of litellm a 0 is no price, since it stands for not known as well. */
    @Test
    void only_what_the_seller_calls_free_costs_nothing() {
        assertThat(SHIPPED.rows())
                .filteredOn(row -> row.rates().isFree())
                .isNotEmpty()
                .allSatisfy(
                        row -> assertThat(row.model().toLowerCase(Locale.ROOT)).endsWith(":free"));
    }

    /** A misplaced point in a source shows as a price that nobody asks. */
    @Test
    void no_price_is_out_of_all_proportion() {
        for (PriceRow row : SHIPPED.rows()) {
            Long input = row.rates().own(PriceClass.INPUT);
            Long output = row.rates().own(PriceClass.OUTPUT);
            if (input != null) {
                assertThat(input).as(row.label()).isLessThanOrEqualTo(250_000_000_000L);
            }
            if (output != null) {
                assertThat(output).as(row.label()).isLessThanOrEqualTo(1_000_000_000_000L);
            }
        }
    }
}
