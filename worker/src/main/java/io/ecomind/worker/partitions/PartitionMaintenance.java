package io.ecomind.worker.partitions;

import io.ecomind.connect.ConnectionFactory;
import io.ecomind.connect.PeriodicWorker;
import io.ecomind.connect.Secret;
import io.ecomind.store.Sessions;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the monthly partitions of the next months, so that no writer has to. Every worker process does it; the database
 * function lets one at a time, and the others find nothing to do. Thread-safe.
 */
public final class PartitionMaintenance implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PartitionMaintenance.class);

    /** Months are made three ahead, so a worker may be away for weeks. */
    private static final Duration PERIOD = Duration.ofHours(1);

    /** A month that is made late moves its rows, which takes longer than making an empty one. */
    private static final Duration SOCKET_TIMEOUT = Duration.ofMinutes(10);

    private final PeriodicWorker worker;

    private PartitionMaintenance(PeriodicWorker worker) {
        this.worker = worker;
    }

    /**
     * Starts the thread. The database need not be available yet.
     *
     * @param user the worker role
     */
    public static PartitionMaintenance start(String jdbcUrl, String user, Secret password, PrometheusRegistry metrics) {
        return start(Sessions.of(jdbcUrl, user, password, "partitions", SOCKET_TIMEOUT), metrics);
    }

    private static PartitionMaintenance start(ConnectionFactory connections, PrometheusRegistry metrics) {
        Counter created = Counter.builder()
                .name("ecomind_partitions_created_total")
                .help("Partitions that this process has made.")
                .register(metrics);
        Counter failures = Counter.builder()
                .name("ecomind_partition_maintenance_failures_total")
                .help("Attempts to make partitions that failed and are repeated.")
                .register(metrics);
        return new PartitionMaintenance(new PeriodicWorker(
                "making partitions", PERIOD, connections, open -> created.inc(maintain(open)), failures::inc));
    }

    private static int maintain(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT maintain_time_partitions()")) {
            row.next();
            int made = row.getInt(1);
            if (made > 0) {
                log.atInfo().addKeyValue("partitions", made).log("partitions were made");
            }
            return made;
        }
    }

    @Override
    public void close() throws InterruptedException {
        worker.close();
    }
}
