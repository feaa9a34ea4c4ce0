package io.ecomind.api.usage;

import io.ecomind.api.RunningApi;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts calls into the cube and the four daily tables, as the pipeline does. */
final class DailyRows {
    private final RunningApi api;
    private final String orgId;
    private LocalDate date = LocalDate.of(2026, 3, 10);
    private String userId = "user-a@example.org";
    private String project = "";
    private String provider = "openai";
    private String model = "gpt-4o";
    private boolean parts;

    DailyRows(RunningApi api, String orgId) {
        this.api = api;
        this.orgId = orgId;
    }

    DailyRows on(String day) {
        date = LocalDate.parse(day);
        return this;
    }

    DailyRows user(String id) {
        userId = id;
        return this;
    }

    DailyRows project(String name) {
        project = name;
        return this;
    }

    DailyRows model(String providerName, String modelName) {
        provider = providerName;
        model = modelName;
        return this;
    }

    /** Calls that follow have parts and a contract: their carbon is operational by nine tenths, market-based by none. */
    DailyRows withParts() {
        parts = true;
        return this;
    }

    /**
     * Calls with ten tokens in and two out each; kwh null means that none of them is covered. Of each amount the low is
     * 0 and the high three times the mid.
     */
    DailyRows calls(long count, @Nullable String kwh) throws SQLException {
        long uncovered = kwh == null ? count : 0;
        List<@Nullable Object> totals = new ArrayList<>(List.of(
                count,
                uncovered,
                count * 10,
                count * 2,
                uncovered * 10,
                uncovered * 2,
                parts && kwh != null ? count : 0));
        for (Figure figure : Figure.ALL) {
            BigDecimal perKwh = perKwh(figure.quantity());
            totals.add(
                    kwh == null || perKwh == null
                            ? null
                            : new BigDecimal(kwh)
                                    .multiply(perKwh)
                                    .multiply(BigDecimal.valueOf(factor(figure.bound()))));
        }
        add(
                "daily_usage",
                List.of(
                        "user_id",
                        "project",
                        "environment",
                        "source",
                        "provider",
                        "model",
                        "region",
                        "host",
                        "factor_set",
                        "match",
                        "evidence_tier",
                        "grid_match",
                        "assumed_region",
                        "assumed_host"),
                List.of(
                        userId,
                        project,
                        "",
                        "",
                        provider,
                        model,
                        "",
                        "",
                        "seed-2026.1",
                        "exact",
                        3,
                        "region",
                        false,
                        false),
                totals);
        add("daily_org_agg", List.of(), List.of(), totals);
        add("daily_user_agg", List.of("user_id"), List.of(userId), totals);
        add("daily_project_agg", List.of("project"), List.of(project), totals);
        add("daily_provider_agg", List.of("provider"), List.of(provider), totals);
        add("daily_model_agg", List.of("provider", "model"), List.of(provider, model), totals);
        return this;
    }

    private @Nullable BigDecimal perKwh(Quantity quantity) {
        return switch (quantity) {
            case ENERGY -> BigDecimal.ONE;
            case WATER -> BigDecimal.valueOf(2);
            case CARBON -> new BigDecimal("0.5");
            case WATER_ONSITE -> parts ? new BigDecimal("0.25") : null;
            case WATER_OFFSITE -> parts ? new BigDecimal("1.75") : null;
            case CARBON_OPERATIONAL -> parts ? new BigDecimal("0.45") : null;
            case CARBON_EMBODIED -> parts ? new BigDecimal("0.05") : null;
            case CARBON_MARKET -> parts ? BigDecimal.ZERO : null;
        };
    }

    private static long factor(Bound bound) {
        return switch (bound) {
            case LOW -> 0;
            case MID -> 1;
            case HIGH -> 3;
        };
    }

    /** Seals the current day. */
    DailyRows sealed() throws SQLException {
        api.sql("INSERT INTO day_states (org_id, date, day_end, state) VALUES (?, ?, now(), 'sealed')", orgId, date);
        return this;
    }

    private void add(String table, List<String> keys, List<?> values, List<@Nullable Object> totals)
            throws SQLException {
        List<String> counters = Stream.of(Counter.values()).map(Counter::column).toList();
        List<String> amounts = Figure.ALL.stream().map(Figure::column).toList();
        String key = String.join(", ", concat(List.of("date", "org_id"), keys));
        List<@Nullable Object> all = new ArrayList<>(List.of(date, orgId));
        all.addAll(values);
        all.addAll(totals);
        api.sql(
                "INSERT INTO " + table + " AS t (" + key + ", " + String.join(", ", concat(counters, amounts))
                        + ") VALUES (" + String.join(", ", Collections.nCopies(all.size(), "?")) + ") ON CONFLICT ("
                        + key + ") DO UPDATE SET "
                        + counters.stream()
                                .map("%1$s = t.%1$s + excluded.%1$s, "::formatted)
                                .collect(Collectors.joining())
                        + amounts.stream()
                                .map("%1$s = coalesce(t.%1$s + excluded.%1$s, t.%1$s, excluded.%1$s)"::formatted)
                                .collect(Collectors.joining(", ")),
                all.toArray());
    }

    private static List<String> concat(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
