package io.ecomind.dev;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/** What each module must not import: the table of the design's section on folders. */
class ArchitectureTest {
    private static final String FLINK = "org.apache.flink..";
    private static final String JAVALIN = "io.javalin..";
    private static final String JDBI = "org.jdbi..";
    private static final String[] FEATURES = {
        "io.ecomind.ingest..", "io.ecomind.api..", "io.ecomind.jobs..", "io.ecomind.dispatcher..", "io.ecomind.dev.."
    };
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.ecomind");

    @Test
    void footprint_knows_only_the_jdk() {
        check(classes()
                .that()
                .resideInAPackage("io.ecomind.footprint..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify..", "io.ecomind.footprint.."));
    }

    @Test
    void contracts_know_no_framework() {
        forbid("io.ecomind.contracts..", FLINK, JAVALIN, JDBI);
        forbid("io.ecomind.contracts..", FEATURES);
    }

    @Test
    void service_knows_neither_flink_nor_features() {
        forbid("io.ecomind.service..", FLINK);
        forbid("io.ecomind.service..", FEATURES);
    }

    @Test
    void gateway_and_api_know_neither_flink_nor_each_other() {
        forbid("io.ecomind.ingest..", FLINK, "io.ecomind.api..", "io.ecomind.jobs..");
        forbid("io.ecomind.api..", FLINK, "io.ecomind.ingest..", "io.ecomind.jobs..");
    }

    @Test
    void jobs_know_neither_javalin_nor_jdbi() {
        forbid("io.ecomind.jobs..", JAVALIN, JDBI, "io.ecomind.ingest..", "io.ecomind.api..");
    }

    @Test
    void nothing_depends_on_dev() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("io.ecomind.dev..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.ecomind.dev.."));
    }

    private static void forbid(String from, String... packages) {
        check(noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages));
    }

    private static void check(ArchRule rule) {
        // Fails as well when no class matches, so a renamed package cannot slip out of its rule.
        rule.check(CLASSES);
    }
}
