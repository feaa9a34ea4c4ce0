package io.ecomind.footprint;

import java.util.List;

/**
 * A rating with everything that led to it. Immutable.
 *
 * @param factors the rows that were used, empty when uncovered
 * @param steps the calculation in an order that can be redone by hand
 * @param unknown the quantities that the rating leaves open; all of them when uncovered
 */
public record Explanation(
        Rating rating, Methodology methodology, List<Factor> factors, List<Step> steps, List<Unknown> unknown) {
    public Explanation {
        factors = List.copyOf(factors);
        steps = List.copyOf(steps);
        unknown = List.copyOf(unknown);
    }

    /**
     * A row that was used.
     *
     * @param kind model, data_centre, grid, water_offsite or contract
     * @param evidenceTier 1 to 4; 0 where tiers do not apply
     */
    public record Factor(String kind, String name, String figures, int evidenceTier, Citation citation) {}

    /** A quantity that is not known, which is never the same as 0. */
    public record Unknown(Quantity quantity, String why) {}
}
