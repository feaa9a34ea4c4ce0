package io.ecomind.jobs.totals;

import io.ecomind.connect.PeriodicWorker;
import io.ecomind.contracts.v1.UsageTotal;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.jspecify.annotations.Nullable;

/**
 * Sends totals again, in rounds, so that a total that was committed but not sent still reaches the topic. A round sends
 * every row that has changed since the snapshot of the last round that Kafka acknowledged completely. The database
 * stores that snapshot, so a restart loses none. The first round after a start also sends every row of the days that
 * are not sealed.
 *
 * <p>Keeps no more than a page of rows in memory.
 */
public final class TotalsResync implements PeriodicWorker.Round {
    private static final int PAGE = 2_000;

    private static final String ROWS = "SELECT %s, s.rating_version, s.day_end FROM ";

    private static final String UNSEALED =
            ROWS + "day_states s JOIN %s t ON t.org_id = s.org_id AND t.date = s.date WHERE s.state <> 'sealed'";

    private static final String CHANGED = ROWS + """
            daily_org_agg o
            JOIN day_states s ON s.org_id = o.org_id AND s.date = o.date
            JOIN %s t ON t.org_id = o.org_id AND t.date = o.date
            CROSS JOIN (SELECT CAST(? AS xid8) AS since, CAST(? AS xid8) AS before) AS span
            WHERE o.changed_in >= span.since AND o.changed_in < span.before
              AND t.changed_in >= span.since AND t.changed_in < span.before""";

    private final UsageTotalsTopic topic;
    private final Counter repeated;
    private boolean first = true;

    /**
     * The range of transactions whose totals a round sends.
     *
     * @param since the first transaction
     * @param before the end, exclusive; a database restored from another server may contain higher transaction ids
     * @param through all transactions before this one had ended, so the next round starts here
     */
    private record TransactionSpan(String since, String before, String through) {}

    private TotalsResync(UsageTotalsTopic topic, Counter repeated) {
        this.topic = topic;
        this.repeated = repeated;
    }

    public static PeriodicWorker start(JobConfig config, MetricGroup metrics) {
        return new PeriodicWorker(
                "sending totals again",
                config.totalsResync(),
                () -> JobDatabase.openForTransactions(config, "ecomind-totals"),
                new TotalsResync(
                        new UsageTotalsTopic(config.kafka()),
                        metrics.counter("usageTotalsRepeated", new ThreadSafeSimpleCounter())),
                metrics.counter("usageTotalsRoundFailures", new ThreadSafeSimpleCounter())::inc);
    }

    @Override
    public void close() {
        topic.close();
    }

    @Override
    public void run(Connection open) throws SQLException, InterruptedException {
        // One snapshot for the range, the time of receipt and the rows.
        open.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        TransactionSpan span = span(open);
        Long through = TotalScope.receivedThroughMicros(open);
        for (TotalScope scope : TotalScope.values()) {
            if (first) {
                try (PreparedStatement rows =
                        open.prepareStatement(UNSEALED.formatted(scope.columns(), scope.table()))) {
                    send(scope, rows, through);
                }
            }
            try (PreparedStatement rows = open.prepareStatement(CHANGED.formatted(scope.columns(), scope.table()))) {
                rows.setString(1, span.since());
                rows.setString(2, span.before());
                send(scope, rows, through);
            }
        }
        open.commit();
        store(open, span.through());
        first = false;
    }

    private static TransactionSpan span(Connection open) throws SQLException {
        try (Statement statement = open.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT least(sent.through, pg_snapshot_xmin(now.s))::text, pg_snapshot_xmax(now.s)::text,
                               pg_snapshot_xmin(now.s)::text
                        FROM (SELECT pg_current_snapshot() AS s) AS now LEFT JOIN usage_totals_sent AS sent ON true""")) {
            row.next();
            return new TransactionSpan(row.getString(1), row.getString(2), row.getString(3));
        }
    }

    private void send(TotalScope scope, PreparedStatement rows, @Nullable Long through)
            throws SQLException, InterruptedException {
        rows.setFetchSize(PAGE);
        List<UsageTotal> page = new ArrayList<>();
        try (ResultSet row = rows.executeQuery()) {
            while (row.next()) {
                UsageTotal.Builder total = scope.read(row)
                        .setRatingVersion(row.getInt(scope.width() + 1))
                        .setDayEndMillis(row.getTimestamp(scope.width() + 2).getTime());
                if (through != null) {
                    total.setReceivedThroughMicros(through);
                }
                page.add(total.build());
                if (page.size() == PAGE) {
                    send(page);
                }
            }
        }
        send(page);
    }

    private void send(List<UsageTotal> page) throws InterruptedException {
        if (!page.isEmpty()) {
            topic.send(page);
            repeated.inc(page.size());
            page.clear();
        }
    }

    private static void store(Connection open, String through) throws SQLException {
        try (PreparedStatement upsert = open.prepareStatement("""
                INSERT INTO usage_totals_sent (through) VALUES (CAST(? AS xid8))
                ON CONFLICT (only_row) DO UPDATE SET through = EXCLUDED.through, updated_at = now()""")) {
            upsert.setString(1, through);
            upsert.executeUpdate();
        }
        open.commit();
    }
}
