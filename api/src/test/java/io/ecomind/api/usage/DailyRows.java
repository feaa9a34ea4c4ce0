package io.ecomind.api.usage;

import io.ecomind.api.RunningApi;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.LocalDate;
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

    /** Calls with ten tokens in and two out each; kwh null means that none of them is covered. */
    DailyRows calls(long count, @Nullable String kwh) throws SQLException {
        long uncovered = kwh == null ? count : 0;
        BigDecimal energy = kwh == null ? null : new BigDecimal(kwh);
        BigDecimal water = energy == null ? null : energy.multiply(BigDecimal.valueOf(2));
        BigDecimal carbon = energy == null ? null : energy.multiply(new BigDecimal("0.5"));
        add(
                "daily_usage (date, org_id, user_id, project, provider, model, region, factor_set, call_count,"
                        + " uncovered_count, tokens_in, tokens_out, kwh, water_l, co2_kg)"
                        + " VALUES (?, ?, ?, ?, ?, ?, '', 'seed-2026.1', ?, ?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT (org_id, date, user_id, project, provider, model, region, factor_set)",
                "daily_usage",
                date,
                orgId,
                userId,
                project,
                provider,
                model,
                count,
                uncovered,
                count * 10,
                count * 2,
                energy,
                water,
                carbon);
        add(
                aggregate("daily_org_agg", ""),
                "daily_org_agg",
                date,
                orgId,
                count,
                uncovered,
                count * 10,
                count * 2,
                energy,
                water,
                carbon);
        add(
                aggregate("daily_user_agg", ", user_id"),
                "daily_user_agg",
                date,
                orgId,
                userId,
                count,
                uncovered,
                count * 10,
                count * 2,
                energy,
                water,
                carbon);
        add(
                aggregate("daily_provider_agg", ", provider"),
                "daily_provider_agg",
                date,
                orgId,
                provider,
                count,
                uncovered,
                count * 10,
                count * 2,
                energy,
                water,
                carbon);
        add(
                aggregate("daily_model_agg", ", provider, model"),
                "daily_model_agg",
                date,
                orgId,
                provider,
                model,
                count,
                uncovered,
                count * 10,
                count * 2,
                energy,
                water,
                carbon);
        return this;
    }

    /** Seals the current day. */
    DailyRows sealed() throws SQLException {
        api.sql("INSERT INTO day_states (org_id, date, day_end, state) VALUES (?, ?, now(), 'sealed')", orgId, date);
        return this;
    }

    private static String aggregate(String table, String group) {
        String places = group.replaceAll("[a-z_]+", "?");
        return table + " (date, org_id" + group + ", call_count, uncovered_count, tokens_in, tokens_out, kwh, water_l,"
                + " co2_kg) VALUES (?, ?" + places + ", ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, date" + group + ")";
    }

    private void add(String into, String table, @Nullable Object... values) throws SQLException {
        String sums = "call_count = t.call_count + excluded.call_count,"
                + " uncovered_count = t.uncovered_count + excluded.uncovered_count,"
                + " tokens_in = t.tokens_in + excluded.tokens_in, tokens_out = t.tokens_out + excluded.tokens_out,"
                + " kwh = coalesce(t.kwh + excluded.kwh, t.kwh, excluded.kwh),"
                + " water_l = coalesce(t.water_l + excluded.water_l, t.water_l, excluded.water_l),"
                + " co2_kg = coalesce(t.co2_kg + excluded.co2_kg, t.co2_kg, excluded.co2_kg)";
        api.sql("INSERT INTO " + into.replaceFirst(table, table + " AS t") + " DO UPDATE SET " + sums, values);
    }
}
