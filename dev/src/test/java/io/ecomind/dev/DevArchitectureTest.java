package io.ecomind.dev;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each module must not import: the table of modules in ARCHITECTURE.md. */
class DevArchitectureTest {
    private static final String FLINK = "org.apache.flink..";
    private static final String JAVALIN = "io.javalin..";
    private static final String JETTY = "org.eclipse.jetty..";
    private static final String GRPC_SERVER = "io.grpc.netty..";
    private static final String JDBI = "org.jdbi..";
    private static final String TESTKIT = "io.ecomind.testkit..";
    private static final String DEV = "io.ecomind.dev..";
    private static final String[] PROCESSES = {
        "io.ecomind.ingest..", "io.ecomind.api..", "io.ecomind.worker..", "io.ecomind.jobs..", "io.ecomind.cli..", DEV
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

    @ParameterizedTest
    @CsvSource({"contracts", "usage", "connect", "store", "factors"})
    void what_the_jobs_use_drags_in_no_server_and_no_flink(String module) {
        String from = "io.ecomind." + module + "..";
        forbid(from, FLINK, JAVALIN, JETTY, GRPC_SERVER, "io.ecomind.service..");
        forbid(from, PROCESSES);
    }

    @Test
    void service_knows_neither_flink_nor_processes() {
        forbid("io.ecomind.service..", FLINK);
        forbid("io.ecomind.service..", PROCESSES);
    }

    @Test
    void gateway_and_api_know_neither_flink_nor_other_processes() {
        forbid(
                "io.ecomind.ingest..",
                FLINK,
                "io.ecomind.api..",
                "io.ecomind.jobs..",
                "io.ecomind.worker..",
                "io.ecomind.cli..");
        forbid(
                "io.ecomind.api..",
                FLINK,
                "io.ecomind.ingest..",
                "io.ecomind.jobs..",
                "io.ecomind.worker..",
                "io.ecomind.cli..");
    }

    @Test
    void worker_knows_neither_flink_nor_other_processes() {
        forbid(
                "io.ecomind.worker..",
                FLINK,
                "io.ecomind.api..",
                "io.ecomind.ingest..",
                "io.ecomind.jobs..",
                "io.ecomind.cli..");
    }

    @Test
    void jobs_know_neither_javalin_nor_jdbi() {
        forbid(
                "io.ecomind.jobs..",
                JAVALIN,
                JETTY,
                JDBI,
                "io.ecomind.ingest..",
                "io.ecomind.api..",
                "io.ecomind.worker..",
                "io.ecomind.cli..");
    }

    @Test
    void cli_knows_no_embedded_server_and_no_http_server() {
        forbid("io.ecomind.cli..", TESTKIT, DEV, JAVALIN, JETTY, "io.ecomind.api..", "io.ecomind.ingest..");
    }

    @Test
    void only_dev_uses_the_testkit_and_nothing_uses_dev() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(DEV, TESTKIT)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(TESTKIT, DEV));
        forbid(TESTKIT, PROCESSES);
    }

    @Test
    void a_forbidden_import_is_found() {
        JavaClasses broken = new ClassFileImporter().importClasses(ImportsTheTestkit.class);

        assertThat(rule(DevArchitectureTest.class.getPackageName() + "..", TESTKIT)
                        .evaluate(broken)
                        .hasViolation())
                .isTrue();
        assertThat(rule(DevArchitectureTest.class.getPackageName() + "..", JAVALIN)
                        .evaluate(broken)
                        .hasViolation())
                .isFalse();
    }

    /** Breaks a rule on purpose. */
    private static final class ImportsTheTestkit {
        @SuppressWarnings("UnusedMethod")
        static int port() {
            return io.ecomind.testkit.FreePorts.find(1)[0];
        }
    }

    private static void forbid(String from, String... packages) {
        check(rule(from, packages));
    }

    private static ArchRule rule(String from, String... packages) {
        return noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages);
    }

    private static void check(ArchRule rule) {
        // Fails as well when no class matches, so a renamed package cannot slip out of its rule.
        rule.check(CLASSES);
    }
}
