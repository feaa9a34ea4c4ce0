package io.ecomind.jobs.daily;

import io.ecomind.jobs.JobConfig;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import org.apache.flink.metrics.MetricGroup;

/**
 * Closes days that are due. Beside the projection, because comparing days of millions of rows takes
 * longer than a checkpoint should wait.
 */
final class CloseDays implements Rounds.Round {
    private final Duration horizon;

    private CloseDays(Duration horizon) {
        this.horizon = horizon;
    }

    static Rounds start(JobConfig config, MetricGroup metrics) {
        return new Rounds(
                "closing days",
                config.closeDays(),
                () -> ProjectToTables.connectForLong(config, "ecomind-close-days"),
                new CloseDays(config.horizon()),
                metrics,
                "closeDaysFailures");
    }

    @Override
    public void run(Connection open) throws SQLException {
        try (PreparedStatement close =
                open.prepareStatement("SELECT close_days(make_interval(secs => ?::double precision))")) {
            close.setLong(1, horizon.toSeconds());
            close.execute();
        }
        open.commit();
    }
}
