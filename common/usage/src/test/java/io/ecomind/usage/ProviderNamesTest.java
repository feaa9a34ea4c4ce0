package io.ecomind.usage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProviderNamesTest {
    @ParameterizedTest
    @CsvSource({
        "openai, openai",
        "OpenAI, openai",
        "OPENAI, openai",
        "azure, azure",
        "azure_openai, azure",
        "aws, aws",
        "bedrock, aws",
        "gcp.vertex_ai, vertex-ai",
        "vertex_ai, vertex-ai",
        "gemini, google",
        "google, google",
        "My_LLM, my-llm"
    })
    void spellings_of_one_provider_have_one_name(String sent, String canonical) {
        assertThat(ProviderNames.canonical(sent)).isEqualTo(canonical);
        assertThat(ProviderNames.canonical(canonical)).isEqualTo(canonical);
    }

    @Test
    void vendor_is_who_made_the_model_and_not_who_serves_it() {
        assertThat(ProviderNames.vendor("openai/gpt-4o")).isEqualTo("openai");
        assertThat(ProviderNames.vendor("huggingface-hub/meta-llama/Llama-3.1-8B"))
                .isEqualTo("meta");
        assertThat(ProviderNames.vendor("huggingface-hub/gpt2")).isEmpty();
        assertThat(ProviderNames.vendor("")).isEmpty();
    }
}
