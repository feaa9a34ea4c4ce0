package io.ecomind.api.tenant;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.store.SqlStates;
import java.time.Duration;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * The only way to an organisation's rows: a transaction whose session setting names the organisation, so that row-level
 * security shows and takes no other's. Thread-safe.
 *
 * <p>The setting is local to the transaction; a pooled connection carries nothing over to the next request. All
 * statements of a question see one snapshot, so figures and {@code complete_through} belong together. A transient error of the
 * database becomes UNAVAILABLE.
 */
public final class TenantTransactions {
    private final Jdbi database;

    public TenantTransactions(Jdbi database) {
        this.database = database;
    }

    /** Runs the questions for one organisation and returns their answer. */
    public <T> T read(String orgId, Function<Handle, T> questions) {
        return in("REPEATABLE READ READ ONLY", orgId, questions);
    }

    /** Runs a change for one organisation, in a transaction that commits when it returns and not when it throws. */
    public <T> T write(String orgId, Function<Handle, T> change) {
        return in("READ COMMITTED READ WRITE", orgId, change);
    }

    private <T> T in(String level, String orgId, Function<Handle, T> questions) {
        try {
            return database.inTransaction(handle -> {
                handle.execute("SET TRANSACTION ISOLATION LEVEL " + level);
                // A question may take as long as a caller waits, and no longer.
                handle.createQuery("""
                                SELECT set_config('app.org_id', :org, true) AS org,
                                       set_config('statement_timeout', '15s', true) AS timeout""").bind("org", orgId).mapToMap().one();
                return questions.apply(handle);
            });
        } catch (JdbiException e) {
            if (SqlStates.isTransient(e)) {
                throw new AppException(
                        ErrorCode.UNAVAILABLE, "the database does not answer at the moment", Duration.ofSeconds(2));
            }
            throw e;
        }
    }
}
