package io.ecomind.footprint;

import java.util.ArrayList;
import java.util.List;

/**
 * One stored figure of a call, or of a sum of calls: a quantity at a bound. Immutable.
 *
 * @param quantity what is measured
 * @param bound low, mid or high
 */
public record Figure(Quantity quantity, Bound bound) {
    /** All of them, quantity by quantity: low, mid, high. */
    public static final List<Figure> ALL = all();

    private static final int BOUNDS = Bound.values().length;

    /** Where the figure stands in {@link #ALL}. */
    public int index() {
        return index(quantity, bound);
    }

    /** Where a quantity's figure stands in {@link #ALL}. */
    public static int index(Quantity quantity, Bound bound) {
        return quantity.ordinal() * BOUNDS + bound.ordinal();
    }

    /** The name of the stored column. */
    public String column() {
        return quantity.column(bound);
    }

    /** Decimal places of the stored figure: 12 for kWh (nWh) and kg (ng), 9 for L (nL). */
    public int scale() {
        return quantity.scale();
    }

    private static List<Figure> all() {
        List<Figure> figures = new ArrayList<>();
        for (Quantity quantity : Quantity.values()) {
            for (Bound bound : Bound.values()) {
                figures.add(new Figure(quantity, bound));
            }
        }
        return List.copyOf(figures);
    }
}
