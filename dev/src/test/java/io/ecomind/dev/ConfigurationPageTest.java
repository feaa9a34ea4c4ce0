package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.api.ApiConfig;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.connect.EnvReader;
import io.ecomind.dev.stack.StackConfig;
import io.ecomind.ingest.GatewayConfig;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.worker.WorkerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * docs/configuration.md says what the processes read. A new process gets a section there and a line in {@link #TYPED} (when
 * it reads by an {@link EnvReader}) or in {@link #UNTYPED}.
 */
class ConfigurationPageTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern ROW =
            Pattern.compile("\\| `(ECOMIND_[A-Z_]+)` \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|");
    private static final Pattern NAME = Pattern.compile("ECOMIND_[A-Z][A-Z_]*[A-Z]");

    /** Processes whose settings are declared by an EnvReader, by their section on the page. */
    private static final Map<String, Consumer<EnvReader>> TYPED = Map.of(
            "Ingest gateway", GatewayConfig::fromEnv, "API", ApiConfig::fromEnv, "Worker", WorkerConfig::fromEnv);

    /** What reads variables as texts. */
    private static final Map<String, Consumer<Map<String, String>>> UNTYPED = Map.of(
            "Flink jobs",
            env -> assertThatThrownBy(() -> JobConfig.fromArguments(new String[0], env))
                    .isInstanceOf(IllegalStateException.class),
            "Stack on one machine",
            env -> StackConfig.fromEnv(new DataDirectory(Path.of("unused")), 8080, null, null, false, env));

    private record Row(String name, String value, String defaultValue) {}

    /** An empty environment that remembers what it was asked for. */
    private static final class RecordingEnvironment extends AbstractMap<String, String> {
        private final Set<String> asked = new TreeSet<>();

        @Override
        public @Nullable String get(Object key) {
            asked.add(key.toString());
            return null;
        }

        @Override
        public Set<Entry<String, String>> entrySet() {
            return Set.of();
        }
    }

    @ParameterizedTest
    @MethodSource("typed")
    void a_process_reads_the_settings_of_its_section_with_these_values_and_defaults(String process) throws IOException {
        var reader = new EnvReader(Map.of());
        Consumer<EnvReader> read = TYPED.getOrDefault(process, any -> {});
        read.accept(reader);

        List<Row> settings = reader.settings().stream()
                .map(setting -> new Row(
                        setting.name(),
                        setting.kind(),
                        setting.defaultValue() == null ? "required" : "`" + setting.defaultValue() + "`"))
                .toList();
        assertThat(settings).isNotEmpty().containsExactlyInAnyOrderElementsOf(section(process));
    }

    @ParameterizedTest
    @MethodSource("untyped")
    void a_process_reads_the_variables_of_its_section(String process) throws IOException {
        var environment = new RecordingEnvironment();
        Consumer<Map<String, String>> read = UNTYPED.getOrDefault(process, any -> {});
        read.accept(environment);

        assertThat(environment.asked).isNotEmpty().isEqualTo(names(section(process)));
    }

    @Test
    void every_variable_that_the_sources_name_is_on_the_page_and_no_other() throws IOException {
        Set<String> documented = new HashSet<>();
        for (List<Row> rows : page().values()) {
            documented.addAll(names(rows));
        }

        assertThat(new TreeSet<>(documented)).isEqualTo(namesInSources());
    }

    static Stream<String> typed() {
        return TYPED.keySet().stream();
    }

    static Stream<String> untyped() {
        return UNTYPED.keySet().stream();
    }

    private static Set<String> names(List<Row> rows) {
        return rows.stream().map(Row::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Row> section(String title) throws IOException {
        return page().getOrDefault(title, List.of());
    }

    private static Map<String, List<Row>> page() throws IOException {
        Map<String, List<Row>> sections = new LinkedHashMap<>();
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(ROOT.resolve("docs").resolve("configuration.md"))) {
            if (line.startsWith("## ")) {
                rows = new ArrayList<>();
                sections.put(line.substring(3), rows);
            } else if (line.startsWith("| `")) {
                Matcher row = ROW.matcher(line);
                assertThat(row.matches()).as("a row of the page: %s", line).isTrue();
                rows.add(new Row(row.group(1), row.group(2), row.group(3)));
            }
        }
        return sections;
    }

    /** All names in the main sources of all modules and in the script. */
    private static Set<String> namesInSources() throws IOException {
        List<Path> files = new ArrayList<>(List.of(ROOT.resolve("ecomind")));
        try (Stream<Path> found = Files.find(
                ROOT,
                20,
                (path, attributes) -> path.toString().endsWith(".java")
                        && path.toString()
                                .contains(Path.of("src", "main", "java").toString()))) {
            found.forEach(files::add);
        }
        Set<String> names = new TreeSet<>();
        for (Path file : files) {
            Matcher name = NAME.matcher(Files.readString(file));
            while (name.find()) {
                names.add(name.group());
            }
        }
        return names;
    }
}
