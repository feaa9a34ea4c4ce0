package io.ecomind.api;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

/** Routes map HTTP, services hold rules and transactions, stores hold SQL. */
class ApiArchitectureTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.ecomind.api");

    private static final Set<String> SHARED = Set.of("http", "tenant");

    private static final DescribedPredicate<JavaClass> STORES = new DescribedPredicate<>("stores") {
        @Override
        public boolean test(JavaClass type) {
            return type.getPackageName().startsWith("io.ecomind.api.")
                    && type.getSimpleName().endsWith("Store");
        }
    };

    private static final ArchRule ROUTES_KNOW_NO_DATABASE = noClasses()
            .that()
            .haveSimpleNameEndingWith("Routes")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.jdbi..", "java.sql..", "javax.sql..")
            .orShould()
            .dependOnClassesThat(STORES);

    private static final ArchRule ANSWERS_ARE_WRITTEN_BY_JSON_AND_CSV = noClasses()
            .that()
            .resideOutsideOfPackage("io.ecomind.api.http")
            .should()
            .callMethod(Context.class, "json", Object.class)
            .orShould()
            .callMethod(Context.class, "result", String.class)
            .orShould()
            .callMethod(Context.class, "result", byte[].class);

    @Test
    void routes_know_no_database() {
        ROUTES_KNOW_NO_DATABASE.check(MAIN);
    }

    @Test
    void what_holds_rules_or_sql_knows_no_http_server() {
        noClasses()
                .that()
                .haveSimpleNameEndingWith("Service")
                .and()
                .resideInAPackage("io.ecomind.api.*..")
                .or()
                .haveSimpleNameEndingWith("Store")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..")
                .check(MAIN);
    }

    @Test
    void only_the_package_tenant_opens_handles() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.ecomind.api.tenant", "io.ecomind.api")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("org.jdbi.v3.core.Jdbi")
                .orShould()
                .dependOnClassesThat()
                .resideInAPackage("javax.sql..")
                .check(MAIN);
    }

    @Test
    void only_services_use_stores() {
        classes()
                .that(STORES)
                .should()
                .onlyHaveDependentClassesThat(new DescribedPredicate<JavaClass>("are services or the store itself") {
                    @Override
                    public boolean test(JavaClass type) {
                        String name = type.getSimpleName();
                        return STORES.test(type) || type.getName().contains("Store$") || name.endsWith("Service");
                    }
                })
                .check(MAIN);
    }

    @Test
    void answers_are_written_by_json_and_csv() {
        ANSWERS_ARE_WRITTEN_BY_JSON_AND_CSV.check(MAIN);
    }

    @Test
    void features_do_not_use_each_other() {
        assertThat(features()).contains("usage", "factors");
        slices().matching("io.ecomind.api.(" + String.join("|", features()) + ")..")
                .should()
                .notDependOnEachOther()
                .check(MAIN);
    }

    /** Each package below that of the process, but those that all features use. */
    private static Set<String> features() {
        String root = "io.ecomind.api.";
        return MAIN.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith(root))
                .map(name -> name.substring(root.length()).split("\\.")[0])
                .filter(name -> !SHARED.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void no_other_process_is_imported() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.ecomind.worker..", "io.ecomind.ingest..", "io.ecomind.jobs..", "org.apache.flink..")
                .check(MAIN);
    }

    @Test
    void a_route_that_breaks_the_layers_is_seen() {
        JavaClasses broken = new ClassFileImporter().importClasses(BrokenRoutes.class);

        assertThatThrownBy(() -> ROUTES_KNOW_NO_DATABASE.check(broken)).hasMessageContaining("Handle");
        assertThatThrownBy(() -> ANSWERS_ARE_WRITTEN_BY_JSON_AND_CSV.check(broken))
                .hasMessageContaining("json");
    }

    /** What the rules forbid. */
    @SuppressWarnings("unused")
    private static final class BrokenRoutes implements HttpFeature {
        @Override
        public void addTo(RoutesConfig routes) {
            routes.get("/broken", ctx -> ctx.json(Map.of()), Access.PUBLIC);
        }

        static int rows(Handle handle) {
            return handle.execute("SELECT 1");
        }
    }
}
