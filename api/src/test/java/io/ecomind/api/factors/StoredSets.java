package io.ecomind.api.factors;

import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.store.FactorSets;
import io.ecomind.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/** Puts sets beside the shipped one. */
final class StoredSets {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private StoredSets() {}

    static String newId() {
        return "test-" + NUMBER.incrementAndGet() + "-" + System.nanoTime();
    }

    /** The shipped files as another set that replaces the shipped one. */
    static FactorSetFiles files(String id) {
        return FactorSetFiles.shipped()
                .with(
                        "set.csv",
                        "id,methodology,replaces,reason\n" + id + ",ecomind-1," + FactorSetFiles.SHIPPED
                                + ",Other figures for a test.\n");
    }

    static void insert(FactorSetFiles files, Instant activeFrom) throws SQLException, FactorSetException {
        try (Connection connection = TestDatabase.get().owner().getConnection()) {
            connection.setAutoCommit(false);
            FactorSets.insert(connection, files, files.parse(), activeFrom);
            connection.commit();
        }
    }
}
