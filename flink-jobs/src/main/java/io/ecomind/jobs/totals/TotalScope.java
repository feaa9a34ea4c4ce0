package io.ecomind.jobs.totals;

import io.ecomind.contracts.v1.UsageScope;
import io.ecomind.contracts.v1.UsageTotal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tables whose rows are published in usage.totals, and how a row becomes a {@link UsageTotal}. */
public enum TotalScope {
    USER(UsageScope.USAGE_SCOPE_USER, "daily_user_agg", "user_id"),
    PROJECT(UsageScope.USAGE_SCOPE_PROJECT, "daily_project_agg", "project"),
    ENVIRONMENT(UsageScope.USAGE_SCOPE_ENVIRONMENT, "daily_environment_agg", "environment"),
    MODEL(UsageScope.USAGE_SCOPE_MODEL, "daily_model_agg", "provider", "model"),
    PROVIDER(UsageScope.USAGE_SCOPE_PROVIDER, "daily_provider_agg", "provider"),
    HOUR(UsageScope.USAGE_SCOPE_HOUR, "hourly_org_agg", "hour"),
    /** The last: each writer updates the organisation's row, and keeps it locked until its transaction ends. */
    ORGANISATION(UsageScope.USAGE_SCOPE_ORGANISATION, "daily_org_agg");

    private final UsageScope scope;
    private final String table;
    private final List<String> names;

    TotalScope(UsageScope scope, String table, String... names) {
        this.scope = scope;
        this.table = table;
        this.names = List.of(names);
    }

    public String table() {
        return table;
    }

    /** The primary key. */
    public List<String> key() {
        List<String> key = new ArrayList<>(List.of("org_id", "date"));
        key.addAll(names);
        return key;
    }

    /** What {@link #read} reads of the row {@code t}. */
    public String columns() {
        var columns = new StringBuilder("t.org_id, t.date - DATE '1970-01-01', t.sequence");
        names.forEach(name -> columns.append(", t.").append(name));
        return columns.append(", ").append(TotalColumns.READ).toString();
    }

    /** Reads {@link #columns}, which must be the first of the result. */
    public UsageTotal.Builder read(ResultSet row) throws SQLException {
        UsageTotal.Builder total = UsageTotal.newBuilder()
                .setScope(scope)
                .setOrgId(row.getString(1))
                .setLocalEpochDay(row.getInt(2))
                .setSequence(row.getLong(3));
        int column = 4;
        switch (this) {
            case USER -> total.setUserId(row.getString(column++));
            case PROVIDER -> total.setProvider(row.getString(column++));
            case MODEL -> total.setProvider(row.getString(column++)).setModel(row.getString(column++));
            case PROJECT -> total.setProject(row.getString(column++));
            case ENVIRONMENT -> total.setEnvironment(row.getString(column++));
            case HOUR -> total.setHourStartMillis(row.getTimestamp(column++).getTime());
            case ORGANISATION -> {}
        }
        TotalColumns.read(row, column, total);
        return total;
    }

    /** How many columns {@link #read} reads. */
    int width() {
        return 3 + names.size() + TotalColumns.READ_COUNT;
    }

    /** The key in Kafka; no name contains NUL. */
    public static String kafkaKey(UsageTotal total) {
        String names = switch (total.getScope()) {
            case USAGE_SCOPE_USER -> "\0" + total.getUserId();
            case USAGE_SCOPE_PROVIDER -> "\0" + total.getProvider();
            case USAGE_SCOPE_MODEL -> "\0" + total.getProvider() + "\0" + total.getModel();
            case USAGE_SCOPE_PROJECT -> "\0" + total.getProject();
            case USAGE_SCOPE_ENVIRONMENT -> "\0" + total.getEnvironment();
            case USAGE_SCOPE_HOUR -> "\0" + total.getHourStartMillis();
            default -> "";
        };
        return total.getOrgId() + "\0" + total.getLocalEpochDay() + "\0" + total.getScopeValue() + names;
    }

    /** The later of two totals of one key: by rating version, then by sequence. */
    public static UsageTotal later(UsageTotal one, UsageTotal other) {
        int order = Integer.compare(one.getRatingVersion(), other.getRatingVersion());
        if (order == 0) {
            order = Long.compare(one.getSequence(), other.getSequence());
        }
        return order > 0 ? one : other;
    }

    /** Everything received before this moment is in the tables; null before the first heartbeat of every partition. */
    public static @Nullable Long receivedThroughMicros(Connection connection) throws SQLException {
        try (PreparedStatement through = connection.prepareStatement(
                        "SELECT (extract(epoch FROM complete_through()) * 1000000)::bigint");
                ResultSet row = through.executeQuery()) {
            row.next();
            long micros = row.getLong(1);
            return row.wasNull() ? null : micros;
        }
    }
}
