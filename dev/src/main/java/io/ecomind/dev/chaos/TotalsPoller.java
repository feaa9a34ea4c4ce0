package io.ecomind.dev.chaos;

import io.ecomind.cli.profile.DatabaseAddress;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads an organisation's daily totals every 10 ms and records any that decreased. Thread-safe. */
final class TotalsPoller implements AutoCloseable {
    private static final Duration EVERY = Duration.ofMillis(10);

    private final DatabaseAddress database;
    private final String org;
    private final Thread thread = new Thread(this::run, "totals");
    private final Map<LocalDate, Seen> last = new HashMap<>();
    private final List<String> backwards = new ArrayList<>();
    private long reads;
    private long changes;
    private volatile boolean stopping;

    private record Seen(long calls, BigDecimal kwh) {}

    TotalsPoller(DatabaseAddress database, String org) {
        this.database = database;
        this.org = org;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!stopping) {
            try (Connection connection = database.dataSource().getConnection();
                    PreparedStatement query = connection.prepareStatement(
                            "SELECT date, call_count, coalesce(kwh, 0) FROM daily_org_agg WHERE org_id = ?")) {
                query.setString(1, org);
                while (!stopping) {
                    try (ResultSet row = query.executeQuery()) {
                        note(row);
                    }
                    Waiting.pause(EVERY);
                }
            } catch (SQLException e) {
                // The database may be unavailable for a while; its totals afterwards must not be smaller either.
                Waiting.pause(EVERY);
            }
        }
    }

    private synchronized void note(ResultSet row) throws SQLException {
        reads++;
        while (row.next()) {
            LocalDate date = row.getObject(1, LocalDate.class);
            var now = new Seen(row.getLong(2), row.getBigDecimal(3));
            Seen before = last.put(date, now);
            if (before != null && !before.equals(now)) {
                changes++;
                if (now.calls() < before.calls() || now.kwh().compareTo(before.kwh()) < 0) {
                    backwards.add(date + " from " + before + " to " + now);
                }
            }
        }
    }

    synchronized long reads() {
        return reads;
    }

    synchronized long changes() {
        return changes;
    }

    synchronized List<String> backwards() {
        return List.copyOf(backwards);
    }

    @Override
    public void close() {
        stopping = true;
        try {
            thread.join(Duration.ofSeconds(10).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
