package io.ecomind.api.health;

import org.jdbi.v3.core.Handle;

/** Reads how the tables are stored. Stateless; the caller brings the handle. */
final class HealthStore {
    private HealthStore() {}

    static String timePartitioning(Handle handle) {
        return handle.createQuery("SELECT path FROM time_partitioning")
                .mapTo(String.class)
                .one();
    }
}
