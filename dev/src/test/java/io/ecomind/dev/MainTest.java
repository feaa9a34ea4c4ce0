package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class MainTest {
    @ParameterizedTest
    @MethodSource("commands")
    void every_command_explains_itself(List<String> command) {
        var out = new StringWriter();
        CommandLine line = Main.commandLine().setOut(new PrintWriter(out, true));
        List<String> words = new ArrayList<>(command);
        words.add("--help");

        assertThat(line.execute(words.toArray(String[]::new))).isZero();
        assertThat(out.toString()).startsWith("Usage: ecomind " + String.join(" ", command));
    }

    static Stream<Arguments> commands() {
        return below(Main.commandLine(), List.of()).map(Arguments::of);
    }

    private static Stream<List<String>> below(CommandLine group, List<String> path) {
        return group.getSubcommands().entrySet().stream().flatMap(entry -> {
            List<String> own = new ArrayList<>(path);
            own.add(entry.getKey());
            return Stream.concat(Stream.of(own), below(entry.getValue(), own));
        });
    }
}
