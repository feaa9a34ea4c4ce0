package io.ecomind.jobs.projection;

import io.ecomind.connect.PeriodicWorker;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the database's function {@code seal_days} seal the days that are due, again and again. Beside the projection, because
 * comparing days of millions of rows takes longer than a checkpoint should wait.
 */
final class SealDays implements PeriodicWorker.Round {
    private static final Logger log = LoggerFactory.getLogger(SealDays.class);

    private final Duration horizon;

    private SealDays(Duration horizon) {
        this.horizon = horizon;
    }

    static PeriodicWorker start(JobConfig config, MetricGroup metrics) {
        return new PeriodicWorker(
                "sealing days",
                config.sealEvery(),
                () -> JobDatabase.openForLongTransactions(config, "ecomind-seal-days"),
                new SealDays(config.horizon()),
                metrics.counter("sealDaysFailures", new ThreadSafeSimpleCounter())::inc);
    }

    @Override
    public void run(Connection open) throws SQLException {
        try (PreparedStatement seal =
                open.prepareStatement("SELECT seal_days(make_interval(secs => ?::double precision))")) {
            seal.setLong(1, horizon.toSeconds());
            seal.execute();
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
