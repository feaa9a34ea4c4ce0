package io.ecomind.api.factors;

import io.ecomind.api.http.Csv;
import io.ecomind.api.http.Json;
import io.ecomind.api.http.Page;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.contracts.Permission;
import io.ecomind.footprint.FactorTable;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Clock;
import java.util.List;
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
        Json.write(
                ctx,
                new FactorSetViews.FactorSetListView(sets.listWithRows(clock.instant()).stream()
                        .map(FactorSetViews.FactorSetView::of)
                        .toList()));
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
        Json.write(
                ctx,
                FactorSetViews.FactorRowsView.of(
                        sets.rows(loaded, filter, limit, offset, clock.instant()), offset, limit));
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
