package io.ecomind.ingest;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The layers of the gateway: HTTP and gRPC call the service, which knows neither. */
class IngestArchitectureTest {
    private static final String[] WIRE = {"io.ecomind.ingest.http..", "io.ecomind.ingest.grpc.."};
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.ecomind.ingest");

    @Test
    void validation_publishing_and_limits_know_nothing_of_http_and_grpc() {
        for (String inner : new String[] {"validation", "publish", "limits"}) {
            noClasses()
                    .that()
                    .resideInAPackage("io.ecomind.ingest." + inner + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(WIRE)
                    .orShould()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.javalin..", "io.grpc..")
                    .check(CLASSES);
        }
    }

    @Test
    void service_and_its_result_know_nothing_of_http_and_grpc() {
        noClasses()
                .that()
                .haveNameMatching("io\\.ecomind\\.ingest\\.Ingest(Service|Result)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.ecomind.ingest.http..", "io.ecomind.ingest.grpc..", "io.javalin..", "io.grpc..")
                .check(CLASSES);
    }

    @Test
    void only_the_publisher_and_the_wiring_send_to_kafka() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.ecomind.ingest.http..",
                        "io.ecomind.ingest.grpc..",
                        "io.ecomind.ingest.validation..",
                        "io.ecomind.ingest.limits..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "org.apache.flink..")
                .check(CLASSES);
    }
}
