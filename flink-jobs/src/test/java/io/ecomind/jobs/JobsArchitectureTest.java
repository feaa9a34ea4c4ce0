package io.ecomind.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.ecomind.jobs.daily.UsageSum;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JobsArchitectureTest {
    private static final String JOBS = "io.ecomind.jobs.";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.ecomind.jobs");

    /** Which packages of the jobs a package may use beside itself. */
    private static final Map<String, Set<String>> MAY_USE = Map.of(
            "runtime", Set.of(),
            "totals", Set.of("runtime", "daily"),
            "daily", Set.of("totals"),
            "windows", Set.of("totals", "daily", "projection"),
            "projection", Set.of("runtime", "totals", "daily", "windows"),
            "enrichment", Set.of("runtime"),
            "restatement", Set.of("runtime", "totals", "daily", "windows", "projection", "enrichment"),
            "rebuild", Set.of("runtime", "totals", "daily", "windows", "projection"));

    @Test
    void each_package_uses_only_those_below_it() {
        Set<String> found = CLASSES.stream()
                .map(JavaClass::getPackageName)
                // The list of the jobs itself.
                .filter(name -> name.startsWith(JOBS))
                .map(name -> name.substring(JOBS.length()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(MAY_USE.keySet()).as("packages with a rule").isEqualTo(found);

        MAY_USE.forEach((name, used) -> {
            String[] forbidden = MAY_USE.keySet().stream()
                    .filter(other -> !other.equals(name) && !used.contains(other))
                    .map(other -> JOBS + other + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(JOBS + name + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden)
                    .check(CLASSES);
        });
    }

    @Test
    void windows_know_of_the_projection_only_the_record_that_both_read() {
        noClasses()
                .that()
                .resideInAPackage(JOBS + "windows..")
                .should()
                .dependOnClassesThat(JavaClass.Predicates.resideInAPackage(JOBS + "projection..")
                        .and(JavaClass.Predicates.belongToAnyOf(io.ecomind.jobs.projection.LedgerEntry.class)
                                .negate()))
                .check(CLASSES);
    }

    /** Savepoints name the class; its package has no other reason. */
    @Test
    void the_package_daily_has_only_the_state_type() {
        classes()
                .that()
                .resideInAPackage(JOBS + "daily..")
                .and()
                .doNotHaveSimpleName("package-info")
                .should()
                .be(UsageSum.class)
                .check(CLASSES);
    }

    @Test
    void jobs_know_no_server_and_no_other_process() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.javalin..",
                        "org.eclipse.jetty..",
                        "org.jdbi..",
                        "io.grpc..",
                        "io.ecomind.service..",
                        "io.ecomind.ingest..",
                        "io.ecomind.api..",
                        "io.ecomind.worker..",
                        "io.ecomind.cli..",
                        "io.ecomind.dev..",
                        "io.ecomind.testkit..")
                .check(CLASSES);
    }
}
