package io.ecomind.testkit;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Which test classes start servers. {@code mvn test} runs what has no tag, in seconds; a class that starts a server has
 * {@code @Tag("integration")} and runs in {@code mvn verify}.
 *
 * <p>A class starts a server when it, or a class of the same module's test sources that it uses, depends on one of
 * {@link #SERVERS} or has Flink run a job. Classes of the main sources are not followed: most commands could start
 * everything, and their tests do not.
 */
public final class ServerTests {
    private static final String INTEGRATION = "integration";
    private static final String TAG = "org.junit.jupiter.api.Tag";
    private static final String TAGS = "org.junit.jupiter.api.Tags";

    private static final Set<String> SERVERS = Set.of(
            "io.ecomind.testkit.EmbeddedKafkaBroker",
            "io.ecomind.testkit.EmbeddedPostgresServer",
            "io.ecomind.testkit.EmbeddedRedisServer",
            "io.ecomind.testkit.TestDatabase",
            "io.ecomind.testkit.TestKafka",
            "io.ecomind.service.http.HttpServer",
            "io.ecomind.dev.stack.EmbeddedStack",
            "io.ecomind.dev.bench.StateBench",
            "com.sun.net.httpserver.HttpServer",
            "io.grpc.Server",
            "io.javalin.Javalin",
            "java.net.ServerSocket",
            "org.apache.flink.runtime.minicluster.MiniCluster",
            "org.apache.flink.test.junit5.MiniClusterExtension",
            "org.apache.flink.test.util.MiniClusterWithClientResource");

    private static final String FLINK = "org.apache.flink.streaming.api.environment.StreamExecutionEnvironment";

    private ServerTests() {}

    /**
     * The test classes on the class path that start a server without saying so, each with the way to the server.
     *
     * @throws IllegalStateException when there is no test class, so that the check cannot pass by looking at nothing
     */
    public static List<String> untagged(String packageName) {
        // Names are enough of what lies outside of the test sources, and reading all of Flink takes long.
        JavaClasses classes = ArchConfiguration.withThreadLocalScope(configuration -> {
            configuration.setResolveMissingDependenciesFromClassPath(false);
            return new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                    .importPackages(packageName);
        });
        List<JavaClass> tests = classes.stream()
                .filter(type -> type.isTopLevelClass() && type.getSimpleName().endsWith("Test"))
                .toList();
        if (tests.isEmpty()) {
            throw new IllegalStateException("there is no test class in " + packageName);
        }
        var found = new TreeMap<String, String>();
        for (JavaClass test : tests) {
            if (!isTagged(test)) {
                wayToServer(test, classes).ifPresent(way -> found.put(test.getName(), way));
            }
        }
        return found.entrySet().stream()
                .map(entry -> entry.getKey() + " starts a server (" + entry.getValue() + ") without @Tag(\""
                        + INTEGRATION + "\")")
                .toList();
    }

    private static boolean isTagged(JavaClass test) {
        return test.getAnnotations().stream()
                .flatMap(annotation -> annotation.getRawType().getName().equals(TAGS)
                        ? Stream.of(
                                (JavaAnnotation<?>[]) annotation.get("value").orElseThrow())
                        : Stream.of(annotation))
                .filter(annotation -> annotation.getRawType().getName().equals(TAG))
                .anyMatch(annotation -> annotation.get("value").equals(Optional.of(INTEGRATION)));
    }

    private static Optional<String> wayToServer(JavaClass test, JavaClasses testSources) {
        record WayStep(JavaClass type, String way) {}
        Deque<WayStep> next = new ArrayDeque<>(List.of(new WayStep(test, test.getSimpleName())));
        Set<String> seen = new HashSet<>(Set.of(test.getName()));
        while (!next.isEmpty()) {
            WayStep step = next.remove();
            for (JavaAccess<?> access : step.type().getAccessesFromSelf()) {
                if (access.getTargetOwner().getName().equals(FLINK)
                        && access.getTarget().getName().startsWith("execute")) {
                    return Optional.of(step.way() + " > " + access.getTarget().getName());
                }
            }
            for (Dependency dependency : step.type().getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (SERVERS.contains(target.getName())) {
                    return Optional.of(step.way() + " > " + target.getSimpleName());
                }
                if (testSources.contain(target.getName()) && seen.add(target.getName())) {
                    next.add(new WayStep(target, step.way() + " > " + target.getSimpleName()));
                }
            }
        }
        return Optional.empty();
    }
}
