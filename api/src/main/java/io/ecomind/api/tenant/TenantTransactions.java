package io.ecomind.api.tenant;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.store.SqlStates;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * The only place that opens database handles. An organisation's rows are read and changed in a transaction whose session
 * settings name the organisation and, for a sender that is bound to a person, the person, so that row-level security shows
 * and accepts nobody else's. Thread-safe.
 *
 * <p>The settings are local to the transaction; a pooled connection carries nothing over to the next request. All
 * statements of a read see one snapshot, so figures and {@code complete_through} belong together. A transient
 * error of the database becomes UNAVAILABLE.
 */
public final class TenantTransactions {
    private final Jdbi database;
    private final QueryLimits limits;
    private final OrganisationGate gate;

    public TenantTransactions(Jdbi database) {
        this(database, QueryLimits.DEFAULT);
    }

    public TenantTransactions(Jdbi database, QueryLimits limits) {
        this.database = database;
        this.limits = limits;
        this.gate = new OrganisationGate(limits);
    }

    /** What an organisation's questions may take. */
    public QueryLimits limits() {
        return limits;
    }

    /** What is done for a question once it is let in: it reads what it needs, and makes the answer. */
    @FunctionalInterface
    public interface QuestionWork<X extends Exception> {
        void run(AdmittedQuestion question) throws X;
    }

    /** A question that was let in. */
    public final class AdmittedQuestion {
        private final TenantContext tenant;

        private AdmittedQuestion(TenantContext tenant) {
            this.tenant = tenant;
        }

        public String orgId() {
            return tenant.orgId();
        }

        /** Reads rows of its organisation. */
        public <T> T read(Function<Handle, T> queries) {
            return inTransaction("REPEATABLE READ READ ONLY", tenant, queries, e -> !SqlStates.isReadOnly(e));
        }
    }

    /**
     * Does the work of one question, which is one of those that are answered at once for its organisation from its begin to
     * its end; a database connection is held only by its reads.
     */
    public <X extends Exception> void ask(TenantContext tenant, QuestionWork<X> work) throws X {
        try (OrganisationGate.Admitted admitted = gate.read(tenant.orgId())) {
            work.run(new AdmittedQuestion(tenant));
        }
    }

    /** Reads rows of one organisation. */
    public <T> T read(TenantContext tenant, Function<Handle, T> queries) {
        try (OrganisationGate.Admitted admitted = gate.read(tenant.orgId())) {
            return new AdmittedQuestion(tenant).read(queries);
        }
    }

    /**
     * Reads rows of one organisation, by a question whose cost its sender decides.
     *
     * @param advice how to ask for less
     * @throws AppException QUERY_TOO_COSTLY when the database takes longer for it than a statement may
     */
    public <T> T read(TenantContext tenant, String advice, Function<Handle, T> queries) {
        return read(tenant, handle -> {
            try {
                return queries.apply(handle);
            } catch (JdbiException e) {
                throw SqlStates.isCanceled(e)
                        ? new AppException(
                                ErrorCode.QUERY_TOO_COSTLY,
                                "the answer takes longer than "
                                        + limits.statement().toSeconds() + " s; " + advice)
                        : e;
            }
        });
    }

    /** Makes an answer within the transaction that its rows come from. */
    @FunctionalInterface
    public interface SizedAnswer {
        /**
         * Makes it.
         *
         * @param large whether it may be sent as it is made; one that is not large is made in memory, so that it holds its
         *     connection no longer than the database takes, however slowly its client reads
         */
        void make(boolean large);
    }

    /**
     * Makes an answer of so many rows, when not too many large ones are being written.
     *
     * @throws AppException RATE_LIMITED or UNAVAILABLE otherwise
     */
    public void answer(String orgId, long rows, SizedAnswer answer) {
        if (rows <= limits.answers().costlyRows()) {
            answer.make(false);
            return;
        }
        try (OrganisationGate.Admitted admitted = gate.costly(orgId)) {
            answer.make(true);
        }
    }

    /** Changes rows of one organisation, in a transaction that commits when it returns and not when it throws. */
    public <T> T write(TenantContext tenant, Function<Handle, T> change) {
        return inTransaction("READ COMMITTED READ WRITE", tenant, change, e -> true);
    }

    /** Reads what belongs to no organisation, such as factor sets; row-level security shows no organisation's rows. */
    public <T, X extends Exception> T readShared(HandleCallback<T, X> queries) throws X {
        try {
            return database.withHandle(queries);
        } catch (JdbiException e) {
            throw unavailableOr(e);
        }
    }

    /**
     * Runs the queries in a transaction of the organisation.
     *
     * @param retryable whether a transient error is worth another try; what a read-only transaction refuses is our bug,
     *     not a server after a failover
     */
    private <T> T inTransaction(
            String level, TenantContext tenant, Function<Handle, T> queries, Predicate<JdbiException> retryable) {
        try {
            return database.inTransaction(handle -> {
                handle.execute("SET TRANSACTION ISOLATION LEVEL " + level);
                // No statement may take longer than a caller waits for an answer.
                handle.createQuery("""
                                SELECT set_config('app.org_id', :org, true) AS org,
                                       set_config('app.people', :people, true) AS people,
                                       set_config('statement_timeout', :timeout, true) AS timeout""")
                        .bind("org", tenant.orgId())
                        .bind("people", tenant.people())
                        .bind("timeout", limits.statement().toMillis() + "ms")
                        .mapToMap()
                        .one();
                return queries.apply(handle);
            });
        } catch (JdbiException e) {
            throw retryable.test(e) ? unavailableOr(e) : e;
        }
    }

    private static RuntimeException unavailableOr(JdbiException e) {
        return SqlStates.isTransient(e)
                ? new AppException(
                        ErrorCode.UNAVAILABLE, "the database does not answer at the moment", Duration.ofSeconds(2))
                : e;
    }
}
