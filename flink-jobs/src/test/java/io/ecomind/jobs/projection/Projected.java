package io.ecomind.jobs.projection;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.testkit.TestDatabase;
import java.sql.Connection;

/** Puts events into the tables as the projection does it, without Kafka. */
public final class Projected {
    private Projected() {}

    public static void project(TestDatabase database, EnrichedEvent.Builder... events) throws Exception {
        var batch = new ProjectionBatch();
        for (EnrichedEvent.Builder event : events) {
            batch.add(new LedgerEntry(0, 0, LedgerEntry.NO_HEARTBEAT, event.build()));
        }
        try (Connection connection = database.as("ecomind_pipeline").getConnection()) {
            connection.setAutoCommit(false);
            batch.commit(connection);
        }
    }
}
