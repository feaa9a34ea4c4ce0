package io.ecomind.api.usage;

import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Added-up calls. Immutable. Amounts cover the calls that have a factor; they are null when there are calls and none of
 * them is covered. No calls at all are exactly 0, not unknown.
 */
record Sums(
        long callCount,
        long uncoveredCount,
        long tokensIn,
        long tokensOut,
        @Nullable BigDecimal kwh,
        @Nullable BigDecimal waterL,
        @Nullable BigDecimal co2Kg) {

    static final Sums NO_CALLS = new Sums(0, 0, 0, 0, BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO);

    static Sums fromRow(ResultSet row) throws SQLException {
        return new Sums(
                row.getLong("call_count"),
                row.getLong("uncovered_count"),
                row.getLong("tokens_in"),
                row.getLong("tokens_out"),
                row.getBigDecimal("kwh"),
                row.getBigDecimal("water_l"),
                row.getBigDecimal("co2_kg"));
    }

    Sums plus(Sums other) {
        // Otherwise the exact 0 of no calls would turn an unknown amount into a known one.
        if (callCount == 0) {
            return other;
        }
        if (other.callCount == 0) {
            return this;
        }
        return new Sums(
                Math.addExact(callCount, other.callCount),
                Math.addExact(uncoveredCount, other.uncoveredCount),
                Math.addExact(tokensIn, other.tokensIn),
                Math.addExact(tokensOut, other.tokensOut),
                add(kwh, other.kwh),
                add(waterL, other.waterL),
                add(co2Kg, other.co2Kg));
    }

    private static @Nullable BigDecimal add(@Nullable BigDecimal a, @Nullable BigDecimal b) {
        if (a == null) {
            return b;
        }
        return b == null ? a : a.add(b);
    }
}
