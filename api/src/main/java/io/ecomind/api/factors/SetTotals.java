package io.ecomind.api.factors;

import io.ecomind.footprint.Amounts;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.FactorSetDiff;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.Rating;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The average calls of an organisation's models, rated by one set and multiplied. Not thread-safe. */
final class SetTotals {
    private final Map<Quantity, BigDecimal> amounts = new EnumMap<>(Quantity.class);
    private long calls;
    private long uncovered;

    void add(ModelTotals pair, Rating rating) {
        calls += pair.callCount();
        Amounts amounts = rating.amounts();
        if (amounts == null) {
            uncovered += pair.callCount();
            return;
        }
        for (Quantity quantity : FactorSetDiff.SHOWN) {
            BigDecimal one = amounts.decimal(quantity, Bound.MID);
            if (one != null) {
                this.amounts.merge(quantity, one.multiply(BigDecimal.valueOf(pair.callCount())), BigDecimal::add);
            }
        }
    }

    /** No calls at all are exactly 0, not unknown. */
    @Nullable
    BigDecimal of(Quantity quantity) {
        return calls == 0 ? BigDecimal.ZERO : amounts.get(quantity);
    }

    long uncovered() {
        return uncovered;
    }
}
