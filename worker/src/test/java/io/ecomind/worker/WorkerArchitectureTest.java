package io.ecomind.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.ecomind.worker");

    @Test
    void the_worker_knows_no_other_process_and_serves_nothing_but_health() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.javalin..",
                        "org.apache.flink..",
                        "io.grpc..",
                        "io.ecomind.ingest..",
                        "io.ecomind.api..",
                        "io.ecomind.jobs..",
                        "io.ecomind.cli..",
                        "io.ecomind.dev..",
                        "io.ecomind.testkit..")
                .check(CLASSES);
    }

    @Test
    void each_kind_of_work_stands_alone() {
        List<String> kinds = List.of("reference", "reconciliation", "rejections", "partitions");
        for (String kind : kinds) {
            String[] others = kinds.stream()
                    .filter(other -> !other.equals(kind))
                    .map(other -> "io.ecomind.worker." + other + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage("io.ecomind.worker." + kind + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others)
                    .check(CLASSES);
        }
    }
}
