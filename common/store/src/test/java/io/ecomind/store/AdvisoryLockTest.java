package io.ecomind.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AdvisoryLockTest {
    private static final Path MIGRATIONS = Path.of("src/main/resources/db/migration");
    private static final Path ROOT = Path.of("../..");
    private static final Pattern LITERAL_KEY = Pattern.compile("hashtext\\('([a-z_]+)'\\)");
    private static final Set<String> KEYS =
            Arrays.stream(AdvisoryLock.values()).map(AdvisoryLock::key).collect(Collectors.toSet());

    @Test
    void each_lock_of_a_database_function_is_listed() throws IOException {
        Set<String> used = new TreeSet<>();
        try (Stream<Path> files = Files.list(MIGRATIONS)) {
            files.filter(file -> file.getFileName().toString().startsWith("R__"))
                    .map(AdvisoryLockTest::read)
                    .forEach(text -> LITERAL_KEY
                            .matcher(text)
                            .results()
                            .map(key -> key.group(1))
                            .forEach(used::add));
        }

        assertThat(used).contains("seal_days", "ensure_time_partitions");
        assertThat(KEYS).containsAll(used);
    }

    @Test
    void java_names_no_lock_but_by_this_list() throws IOException {
        List<Path> sources;
        try (Stream<Path> files = Files.walk(ROOT)) {
            sources = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .toList();
        }

        assertThat(sources)
                .extracting(file -> file.getFileName().toString())
                .contains("AdvisoryLock.java", "Rebuild.java");
        assertThat(sources.stream()
                        .flatMap(file ->
                                LITERAL_KEY.matcher(read(file)).results().map(MatchResult::group)))
                .isEmpty();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
