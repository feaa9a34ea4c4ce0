package io.ecomind.usage;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class UsageDependenciesTest {
    @Test
    void the_rules_depend_on_the_contracts_the_footprint_and_a_json_parser_only() {
        classes()
                .that()
                .resideInAPackage("io.ecomind.usage..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "org.jspecify..",
                        "io.ecomind.contracts..",
                        "io.ecomind.footprint..",
                        "io.ecomind.usage..",
                        "com.fasterxml.jackson.core..")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("io.ecomind.usage"));
    }
}
