package io.ecomind.api.factors;

import io.ecomind.api.http.Csv;
import io.ecomind.api.http.Json;
import io.ecomind.api.http.Page;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.contracts.Permission;
import io.ecomind.footprint.FactorTable;
import io.ecomind.service.AppException;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.store.FactorSets;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/factors} and {@code /v1/factors/{set}}: the sets and their rows, with sources. Thread-safe. */
public final class FactorSetRoutes implements HttpFeature {
    private static final int MAX_STRING = 256;

    private final FactorSetService sets;
    private final Clock clock;

    public FactorSetRoutes(FactorSetService sets, Clock clock) {
        this.sets = sets;
        this.clock = clock;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/factors", this::list, Access.to(Permission.FACTORS_READ));
        routes.get("/v1/factors/{set}", this::rows, Access.to(Permission.FACTORS_READ));
    }

    private void list(Context ctx) {
        TenantContext.of(ctx);
        QueryParameters.of(ctx);
        List<FactorSetViews.FactorSetView> views = new ArrayList<>();
        for (FactorSets.Stored stored : sets.list()) {
            FactorSetViews.FactorSetRead read;
            try {
                read = new FactorSetViews.FactorSetRead(sets.load(stored).set(), null);
            } catch (AppException unreadable) {
                // One set that cannot be read must not hide the others, and its problem is shown with it.
                read = new FactorSetViews.FactorSetRead(null, unreadable.detail());
            }
            views.add(FactorSetViews.FactorSetView.of(stored, isActive(stored), read));
        }
        Json.write(ctx, new FactorSetViews.FactorSetListView(views));
    }

    private void rows(Context ctx) {
        TenantContext.of(ctx);
        QueryParameters parameters =
                QueryParameters.of(ctx, "table", "provider", "model", "zone", "limit", "offset", "format");
        FactorSetService.Loaded loaded = sets.get(ctx.pathParam("set"));
        var filter = new FactorRowFilter(
                table(parameters.string("table", MAX_STRING)),
                parameters.string("provider", MAX_STRING),
                parameters.string("model", MAX_STRING),
                parameters.string("zone", MAX_STRING));
        ctx.header("Vary", "Accept");
        if (wantsCsv(ctx, parameters)) {
            csv(ctx, loaded, filter, parameters);
            return;
        }
        int limit = parameters.integer("limit", Page.DEFAULT_LIMIT, 1, Page.MAX_LIMIT);
        int offset = parameters.integer("offset", 0, 0, Integer.MAX_VALUE - Page.MAX_LIMIT);
        List<Map<String, @Nullable Object>> page = new ArrayList<>();
        long[] found = {0};
        for (FactorTable table : filter.table() == null ? FactorTable.values() : new FactorTable[] {filter.table()}) {
            table.rows(loaded.set()).filter(row -> filter.matches(table, row)).forEach(row -> {
                if (found[0] >= offset && page.size() < limit) {
                    page.add(FactorSetViews.row(table, row));
                }
                found[0]++;
            });
        }
        var read = new FactorSetViews.FactorSetRead(loaded.set(), null);
        Json.write(
                ctx,
                new FactorSetViews.FactorRowsView(
                        FactorSetViews.FactorSetView.of(loaded.stored(), isActive(loaded.stored()), read),
                        found[0],
                        offset,
                        limit,
                        (long) offset + limit < found[0] ? offset + limit : null,
                        page));
    }

    private boolean isActive(FactorSets.Stored stored) {
        FactorSets.Stored active = sets.activeHead(clock.instant());
        return active != null && active.id().equals(stored.id());
    }

    private static boolean wantsCsv(Context ctx, QueryParameters parameters) {
        String format = parameters.string("format", MAX_STRING);
        if (format == null) {
            return Csv.prefers(ctx.header("Accept"));
        }
        if (!format.equals("csv") && !format.equals("json")) {
            throw QueryParameters.invalid(
                    "format must be csv or json, was '" + QueryParameters.shortened(format) + "'");
        }
        return format.equals("csv");
    }

    /** The file as it was hashed, to the byte; filters are rejected because they would have no effect. */
    private static void csv(
            Context ctx, FactorSetService.Loaded loaded, FactorRowFilter filter, QueryParameters parameters) {
        FactorTable table = filter.table();
        if (table == null) {
            throw QueryParameters.invalid("CSV is the file of one table: name it with table");
        }
        for (String name : List.of("provider", "model", "zone", "limit", "offset")) {
            if (parameters.string(name, MAX_STRING) != null) {
                throw QueryParameters.invalid(name + " must not be given with CSV, which is a table's whole file");
            }
        }
        Csv.write(
                ctx,
                loaded.stored().id() + "-" + table.id() + ".csv",
                loaded.files().text(table.id() + ".csv"));
    }

    private static @Nullable FactorTable table(@Nullable String id) {
        try {
            return id == null ? null : FactorTable.of(QueryParameters.shortened(id));
        } catch (IllegalArgumentException unknown) {
            throw QueryParameters.invalid(String.valueOf(unknown.getMessage()));
        }
    }
}
