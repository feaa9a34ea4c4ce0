package io.ecomind.api.factors;

import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.store.OrganisationFactorsReader;
import java.sql.SQLException;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;

/** Reads what an organisation has stored of its own. Stateless; the caller brings the organisation's transaction. */
final class OverrideStore {
    private OverrideStore() {}

    /** The overrides and contracts of an organisation; their spans tell what is received when they rate it. */
    static OrganisationFactors of(Handle handle, String orgId) {
        try {
            return OrganisationFactorsReader.read(handle.getConnection(), orgId);
        } catch (SQLException e) {
            // TenantTransactions asks the cause whether the error is transient.
            throw new ConnectionException(e);
        }
    }
}
