package io.ecomind.api.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.TestDatabase;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class TenantTransactionsTest {
    private static final TenantContext TENANT = new TenantContext("tenant-x", null);

    private final Jdbi database =
            Jdbi.create(TestDatabase.get().as("ecomind_api")).installPlugin(new PostgresPlugin());
    private final TenantTransactions tenants = new TenantTransactions(database);

    @Test
    void only_the_organisation_itself_is_visible() throws Exception {
        String mine = "tenant-" + System.nanoTime();
        String other = "tenant-" + System.nanoTime();
        TestDatabase.get().addOrganisation(mine, "free", "UTC");
        TestDatabase.get().addOrganisation(other, "free", "UTC");

        assertThat(tenants.<List<String>>read(
                        new TenantContext(mine, null),
                        handle -> handle.createQuery("SELECT id FROM orgs")
                                .mapTo(String.class)
                                .list()))
                .containsExactly(mine);
    }

    @Test
    void the_organisation_is_forgotten_with_the_transaction() {
        try (Handle handle = database.open()) {
            // The same connection for both, as a pool would do it.
            var onOneConnection = new TenantTransactions(Jdbi.create(handle.getConnection()));

            String within = onOneConnection.read(TENANT, TenantTransactionsTest::currentOrg);

            assertThat(within).isEqualTo("tenant-x");
            assertThat(currentOrg(handle)).isEqualTo("nobody");
        }
    }

    @Test
    void nothing_can_be_changed() {
        assertThatThrownBy(() -> tenants.read(TENANT, handle -> handle.execute("DELETE FROM teams")))
                .isInstanceOf(JdbiException.class)
                .hasMessageContaining("read-only transaction");
    }

    @Test
    void a_question_that_takes_too_long_is_trouble_outside() {
        assertThatThrownBy(() -> tenants.read(TENANT, handle -> {
                    handle.execute("SET LOCAL statement_timeout = '20ms'");
                    return handle.execute("SELECT pg_sleep(10)");
                }))
                .isInstanceOfSatisfying(AppException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
                    assertThat(e.retryAfter()).isNotNull();
                });
    }

    @Test
    void a_database_that_is_away_is_trouble_outside() {
        Jdbi nowhere = Jdbi.create("jdbc:postgresql://127.0.0.1:" + FreePorts.find(1)[0] + "/ecomind");

        assertThatThrownBy(() -> new TenantTransactions(nowhere).read(TENANT, TenantTransactionsTest::currentOrg))
                .isInstanceOfSatisfying(
                        AppException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    @Test
    void our_mistakes_in_sql_stay_our_mistakes() {
        assertThatThrownBy(() -> tenants.read(TENANT, handle -> handle.execute("SELECT FROM nowhere")))
                .isInstanceOf(JdbiException.class);
    }

    private static String currentOrg(Handle handle) {
        return handle.createQuery("SELECT coalesce(current_org(), 'nobody')")
                .mapTo(String.class)
                .one();
    }
}
