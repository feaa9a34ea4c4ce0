package io.ecomind.usage;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class UsageArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.ecomind.usage");

    /** Jobs use this module, and their class path must not gain a server; what reads tables is in another module. */
    @Test
    void knows_neither_a_server_nor_flink_nor_a_database() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.javalin..",
                        "org.eclipse.jetty..",
                        "jakarta.servlet..",
                        "io.grpc..",
                        "org.apache.flink..",
                        "org.jdbi..",
                        "java.sql..",
                        "javax.sql..")
                .check(CLASSES);
    }

    @Test
    void knows_only_the_modules_below_it() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("io.ecomind..")
                        .and(not(resideInAnyPackage(
                                "io.ecomind.usage..", "io.ecomind.contracts..", "io.ecomind.footprint.."))))
                .check(CLASSES);
    }
}
