package io.ecomind.dev.check.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.usage.UsageField;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FuzzMutatorTest {
    private static final FuzzInput ONE =
            new FuzzInput(FuzzChannel.HTTP_JSON, "{\"a\":1,\"b\":[2,3]}".getBytes(StandardCharsets.US_ASCII));
    private static final FuzzInput OTHER =
            new FuzzInput(FuzzChannel.HTTP_JSON, "[]".getBytes(StandardCharsets.US_ASCII));

    @Test
    void the_corpus_has_inputs_of_every_channel() {
        assertThat(FuzzCorpus.load()).extracting(FuzzInput::channel).contains(FuzzChannel.values());
    }

    @Test
    void an_input_is_the_same_after_it_was_kept_as_a_line() {
        for (FuzzInput input : FuzzCorpus.load()) {
            assertThat(FuzzCorpus.line(input))
                    .contains("base64")
                    .contains(input.channel().name().toLowerCase(Locale.ROOT));
        }
    }

    @Test
    void the_same_seed_gives_the_same_inputs_and_another_seed_others() {
        assertThat(inputs(7)).isEqualTo(inputs(7));
        assertThat(inputs(7)).isNotEqualTo(inputs(8));
    }

    @Test
    void inputs_stay_within_their_limit_and_the_original_is_not_changed() {
        byte[] before = ONE.bytes().clone();
        var mutator = new FuzzMutator(new Random(1));
        for (int i = 0; i < 2_000; i++) {
            assertThat(mutator.mutate(ONE, OTHER).bytes().length).isLessThanOrEqualTo(256 << 10);
        }
        assertThat(ONE.bytes()).isEqualTo(before);
    }

    @Test
    void an_empty_input_can_be_changed() {
        var empty = new FuzzInput(FuzzChannel.GRPC, new byte[0]);
        var mutator = new FuzzMutator(new Random(1));

        assertThat(Stream.generate(() -> mutator.mutate(empty, empty)).limit(200))
                .anyMatch(changed -> changed.bytes().length > 0);
    }

    @Test
    void the_name_of_every_field_is_a_word() {
        var mutator = new FuzzMutator(new Random(1));
        var empty = new FuzzInput(FuzzChannel.HTTP_JSON, new byte[0]);
        String inputs = Stream.generate(() -> mutator.mutate(empty, empty))
                .limit(5_000)
                .map(changed -> new String(changed.bytes(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("\n"));

        assertThat(UsageField.ALL).allSatisfy(field -> assertThat(inputs).contains("\"" + field.wireName() + "\":"));
    }

    private static List<String> inputs(long seed) {
        var mutator = new FuzzMutator(new Random(seed));
        return Stream.generate(() -> Arrays.toString(mutator.mutate(ONE, OTHER).bytes()))
                .limit(100)
                .toList();
    }
}
