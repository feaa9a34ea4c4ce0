package io.ecomind.service;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The rule of testkit's ServerTests for the tests of this module, which cannot use testkit: testkit depends on this
 * module.
 */
class TestTagsTest {
    private static final Set<String> SERVERS = Set.of(
            "io.ecomind.service.http.HttpServer",
            "io.ecomind.service.http.ManagementServer",
            "com.sun.net.httpserver.HttpServer",
            "io.grpc.Server",
            "io.javalin.Javalin",
            "java.net.ServerSocket");

    private static final DescribedPredicate<JavaClass> ARE_SERVERS =
            describe("are servers", type -> SERVERS.contains(type.getName()));

    private static final DescribedPredicate<JavaClass> TAGGED = describe(
            "tagged as integration",
            type -> type.isAnnotatedWith(Tag.class)
                    && type.getAnnotationOfType(Tag.class).value().equals("integration"));

    @Test
    void a_class_that_starts_a_server_is_tagged_as_integration() {
        // Only classes of the test sources are followed: most of the main classes could start a server.
        JavaClasses tests = ArchConfiguration.withThreadLocalScope(configuration -> {
            configuration.setResolveMissingDependenciesFromClassPath(false);
            return new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                    .importPackages("io.ecomind.service");
        });

        noClasses()
                .that()
                .haveSimpleNameEndingWith("Test")
                .and(not(TAGGED))
                .should()
                .transitivelyDependOnClassesThat(ARE_SERVERS)
                .check(tests);
        // And the servers are found at all.
        classes()
                .that(TAGGED)
                .should()
                .transitivelyDependOnClassesThat(ARE_SERVERS)
                .check(tests);
    }
}
