package io.ecomind.api.factors;

import io.ecomind.footprint.FactorTable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which rows of a set are asked for; null for any. Immutable. */
record FactorRowFilter(
        @Nullable FactorTable table,
        @Nullable String provider,
        @Nullable String model,
        @Nullable String zone) {
    boolean matches(FactorTable of, Map<String, @Nullable Object> row) {
        boolean names = of == FactorTable.PROVIDER_ALIASES;
        return matches(provider, row, names ? List.of("provider", "alias") : List.of("provider", "target_provider"))
                && matches(model, row, names ? List.of() : List.of("model", "alias", "target_model", "pattern"))
                && matches(zone, row, List.of("zone", "region", "country"));
    }

    private static boolean matches(@Nullable String wanted, Map<String, @Nullable Object> row, List<String> columns) {
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
