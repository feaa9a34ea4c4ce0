package io.ecomind.jobs.daily;

import io.ecomind.jobs.JobConfig;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes days that are due. Beside the projection, because comparing days of millions of rows takes
 * longer than a checkpoint should wait.
 */
final class CloseDays implements Rounds.Round {
    private static final Logger log = LoggerFactory.getLogger(CloseDays.class);

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
                open.prepareStatement("SELECT seal_days(make_interval(secs => ?::double precision))")) {
            close.setLong(1, horizon.toSeconds());
            close.execute();
        }
        List<String> disputed = new ArrayList<>();
        // now() is the same throughout a transaction.
        try (Statement statement = open.createStatement();
                ResultSet day = statement.executeQuery(
                        "SELECT org_id || ' ' || date FROM day_states WHERE state = 'disputed' AND changed_at = now()")) {
            while (day.next()) {
                disputed.add(day.getString(1));
            }
        }
        open.commit();
        if (!disputed.isEmpty()) {
            log.atError()
                    .addKeyValue("days", disputed)
                    .log("the two entries of days differ, so they are not sealed; day_states.detail names the keys");
        }
    }
}
