package io.ecomind.jobs.daily;

import io.ecomind.contracts.v1.EnrichedEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The part of a batch's events in the daily tables: added up in memory, then added to the rows. Not thread-safe.
 *
 * <p>Rows are written in key order and the organisation's own row, which every writer wants, comes last, so that
 * writers wait for each other shortly and never in a circle.
 */
final class DailyTotals {
    private final Map<CubeKey, Totals> cube = new TreeMap<>();

    private record Table(String name, List<String> keys, Function<CubeKey, List<Object>> values) {
        String upsert() {
            String columns = String.join(", ", keys);
            String places = keys.stream().map(k -> "?").collect(Collectors.joining(", "));
            return "INSERT INTO " + name + " AS t (" + columns + ", " + TotalColumns.NAMES + ") VALUES (" + places
                    + ", " + TotalColumns.PLACES + ") ON CONFLICT (" + columns + ") DO UPDATE SET "
                    + TotalColumns.ADDED;
        }
    }

    private static final List<Table> TABLES = List.of(
            new Table(
                    "daily_usage",
                    List.of("org_id", "date", "user_id", "project", "provider", "model", "region", "factor_set"),
                    k -> List.of(
                            k.orgId(),
                            date(k),
                            k.userId(),
                            k.project(),
                            k.provider(),
                            k.model(),
                            k.region(),
                            k.factorSet())),
            new Table(
                    "daily_user_agg",
                    List.of("org_id", "date", "user_id"),
                    k -> List.of(k.orgId(), date(k), k.userId())),
            new Table(
                    "daily_model_agg",
                    List.of("org_id", "date", "provider", "model"),
                    k -> List.of(k.orgId(), date(k), k.provider(), k.model())),
            new Table(
                    "daily_provider_agg",
                    List.of("org_id", "date", "provider"),
                    k -> List.of(k.orgId(), date(k), k.provider())),
            new Table("daily_org_agg", List.of("org_id", "date"), k -> List.of(k.orgId(), date(k))));

    void add(EnrichedEvent enriched) {
        cube.computeIfAbsent(CubeKey.of(enriched), key -> new Totals()).add(enriched);
    }

    void write(Connection connection) throws SQLException {
        for (Table table : TABLES) {
            var byValues = new java.util.LinkedHashMap<List<Object>, Totals>();
            cube.forEach(
                    (key, totals) -> byValues.computeIfAbsent(table.values().apply(key), v -> new Totals())
                            .add(totals));
            write(connection, table, byValues);
        }
    }

    private static void write(Connection connection, Table table, Map<List<Object>, Totals> rows) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement(table.upsert())) {
            for (var row : sorted(rows)) {
                int i = 1;
                for (Object value : row.getKey()) {
                    upsert.setObject(i++, value);
                }
                TotalColumns.set(upsert, i, row.getValue());
                upsert.addBatch();
            }
            upsert.executeBatch();
        }
    }

    private static List<Map.Entry<List<Object>, Totals>> sorted(Map<List<Object>, Totals> rows) {
        return rows.entrySet().stream()
                .sorted(java.util.Comparator.comparing(row -> row.getKey().toString()))
                .toList();
    }

    private static LocalDate date(CubeKey key) {
        return LocalDate.ofEpochDay(key.epochDay());
    }
}
