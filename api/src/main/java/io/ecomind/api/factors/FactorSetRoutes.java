package io.ecomind.api.factors;

import io.ecomind.api.http.Csv;
import io.ecomind.api.http.JsonViews;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.contracts.Permission;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.FactorTable;
import io.ecomind.service.AppException;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.store.FactorSets;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/factors} and {@code /v1/factors/{set}}: the sets and their rows, with sources. Thread-safe. */
public final class FactorSetRoutes implements HttpFeature {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_TEXT = 256;

    private final TenantRequests requests;
    private final FactorStore sets;
    private final Clock clock;

    /**
     * A set.
     *
     * @param activeFrom null: since always
     * @param active whether it rates what is received now
     * @param rows number of rows by table; null when the set cannot be read
     * @param problem why it cannot be read; null when it can
     */
    record SetView(
            String id,
            String methodology,
            String reason,
            @Nullable String replaces,
            String sha256,
            @Nullable String activeFrom,
            boolean active,
            @Nullable Map<String, Long> rows,
            @Nullable String problem) {}

    record ListView(List<SetView> sets) {}

    /**
     * Some rows of a set.
     *
     * @param found rows that meet all filters
     * @param nextOffset null on the last page
     */
    record RowsView(
            SetView set,
            long found,
            int offset,
            int limit,
            @Nullable Integer nextOffset,
            List<Map<String, @Nullable Object>> rows) {}

    /** What rows are asked for; null for any. */
    private record Filter(
            @Nullable FactorTable table,
            @Nullable String provider,
            @Nullable String model,
            @Nullable String zone) {
        boolean takes(FactorTable of, Map<String, @Nullable Object> row) {
            boolean names = of == FactorTable.PROVIDER_ALIASES;
            return matches(provider, row, names ? List.of("provider", "alias") : List.of("provider", "target_provider"))
                    && matches(model, row, names ? List.of() : List.of("model", "alias", "target_model", "pattern"))
                    && matches(zone, row, List.of("zone", "region", "country"));
        }

        private static boolean matches(
                @Nullable String wanted, Map<String, @Nullable Object> row, List<String> columns) {
            return wanted == null
                    || columns.stream()
                            .anyMatch(column -> row.get(column) instanceof String text
                                    && normal(text).equals(normal(wanted)));
        }

        /** As names are compared when calls are rated. */
        private static String normal(String name) {
            return name.strip().toLowerCase(Locale.ROOT).replace('_', '-').replace('.', '-');
        }
    }

    FactorSetRoutes(TenantRequests requests, FactorStore sets, Clock clock) {
        this.requests = requests;
        this.sets = sets;
        this.clock = clock;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/factors", this::answerList, Access.to(Permission.FACTORS_READ));
        routes.get("/v1/factors/{set}", this::answerRows, Access.to(Permission.FACTORS_READ));
    }

    private void answerList(Context ctx) {
        requests.open(ctx, Set.of());
        List<SetView> views = new ArrayList<>();
        for (FactorSets.Stored stored : sets.list()) {
            try {
                views.add(view(stored, sets.load(stored).set(), null));
            } catch (AppException unreadable) {
                // The list is where one looks for what is wrong.
                views.add(view(stored, null, unreadable.detail()));
            }
        }
        JsonViews.answer(ctx, new ListView(views));
    }

    private void answerRows(Context ctx) {
        QueryParameters parameters = requests.open(
                        ctx, Set.of("table", "provider", "model", "zone", "limit", "offset", "format"))
                .parameters();
        FactorStore.Loaded loaded = sets.get(ctx.pathParam("set"));
        var filter = new Filter(
                table(parameters.text("table", MAX_TEXT)),
                parameters.text("provider", MAX_TEXT),
                parameters.text("model", MAX_TEXT),
                parameters.text("zone", MAX_TEXT));
        ctx.header("Vary", "Accept");
        if (wantsCsv(ctx, parameters)) {
            answerCsv(ctx, loaded, filter, parameters);
            return;
        }
        int limit = parameters.integer("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        int offset = parameters.integer("offset", 0, 0, Integer.MAX_VALUE - MAX_LIMIT);
        List<Map<String, @Nullable Object>> page = new ArrayList<>();
        long[] found = {0};
        for (FactorTable table : filter.table() == null ? FactorTable.values() : new FactorTable[] {filter.table()}) {
            table.rows(loaded.set()).filter(row -> filter.takes(table, row)).forEach(row -> {
                if (found[0] >= offset && page.size() < limit) {
                    page.add(toView(table, row));
                }
                found[0]++;
            });
        }
        JsonViews.answer(
                ctx,
                new RowsView(
                        view(loaded.stored(), loaded.set(), null),
                        found[0],
                        offset,
                        limit,
                        (long) offset + limit < found[0] ? offset + limit : null,
                        page));
    }

    private static boolean wantsCsv(Context ctx, QueryParameters parameters) {
        String format = parameters.text("format", MAX_TEXT);
        if (format == null) {
            return Csv.prefers(ctx.header("Accept"));
        }
        if (!format.equals("csv") && !format.equals("json")) {
            throw QueryParameters.invalid(
                    "format must be csv or json, was '" + QueryParameters.shortened(format) + "'");
        }
        return format.equals("csv");
    }

    /** The file as it was hashed, to the byte: filters would silently be without effect. */
    private static void answerCsv(Context ctx, FactorStore.Loaded loaded, Filter filter, QueryParameters parameters) {
        FactorTable table = filter.table();
        if (table == null) {
            throw QueryParameters.invalid("CSV is the file of one table: name it with table");
        }
        for (String name : List.of("provider", "model", "zone", "limit", "offset")) {
            if (parameters.text(name, MAX_TEXT) != null) {
                throw QueryParameters.invalid(name + " must not be given with CSV, which is a table's whole file");
            }
        }
        String name = loaded.stored().id() + "-" + table.id() + ".csv";
        ctx.header("Content-Disposition", "attachment; filename=\"" + name + "\"");
        ctx.contentType("text/csv; charset=utf-8; header=present")
                .result(loaded.files().text(table.id() + ".csv").getBytes(StandardCharsets.UTF_8));
    }

    private SetView view(FactorSets.Stored stored, @Nullable FactorSet set, @Nullable String problem) {
        Map<String, Long> rows = null;
        if (set != null) {
            rows = new LinkedHashMap<>();
            for (FactorTable table : FactorTable.values()) {
                rows.put(table.id(), table.count(set));
            }
        }
        return new SetView(
                stored.id(),
                stored.methodology(),
                stored.reason(),
                stored.replaces(),
                stored.sha256(),
                JsonViews.moment(stored.activeFrom()),
                stored.id().equals(activeId(clock.instant())),
                rows,
                problem);
    }

    private @Nullable String activeId(Instant now) {
        FactorSets.Stored active = sets.activeHead(now);
        return active == null ? null : active.id();
    }

    static Map<String, @Nullable Object> toView(FactorTable table, Map<String, @Nullable Object> row) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("table", table.id());
        view.putAll(toView(row));
        return view;
    }

    /** Figures as the files have them, without exponents. */
    static Map<String, @Nullable Object> toView(Map<String, @Nullable Object> row) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        row.forEach((column, value) -> view.put(
                column, value instanceof Double figure ? JsonViews.amount(BigDecimal.valueOf(figure)) : value));
        return view;
    }

    private static @Nullable FactorTable table(@Nullable String id) {
        try {
            return id == null ? null : FactorTable.of(QueryParameters.shortened(id));
        } catch (IllegalArgumentException unknown) {
            throw QueryParameters.invalid(String.valueOf(unknown.getMessage()));
        }
    }
}
