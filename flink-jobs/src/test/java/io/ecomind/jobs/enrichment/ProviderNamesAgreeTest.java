package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.factors.FactorSetFiles;
import io.ecomind.footprint.SetRow;
import io.ecomind.usage.ProviderNames;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Names that the shipped factor set rates as one provider are one in the totals, too; a factor set may change, the names of
 * totals may not, so these are two lists.
 */
class ProviderNamesAgreeTest {
    /** Served from the same data centres as the Gemini API, and so one for the factors; billed apart. */
    private static final String VERTEX = "vertex-ai";

    @Test
    void aliases_of_the_shipped_factor_set_are_one_provider_in_the_totals() throws Exception {
        Map<String, String> apart = new TreeMap<>();
        for (SetRow.ProviderAlias alias : FactorSetFiles.shipped().parse().providerAliases()) {
            String name = ProviderNames.canonical(alias.alias());
            if (!name.equals(ProviderNames.canonical(alias.provider())) && !name.equals(VERTEX)) {
                apart.put(alias.alias(), name);
            }
        }

        assertThat(apart).isEmpty();
    }
}
