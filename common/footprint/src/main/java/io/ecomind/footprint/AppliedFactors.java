package io.ecomind.footprint;

import io.ecomind.footprint.GridTable.GridHit;
import org.jspecify.annotations.Nullable;

/** What a call was rated by; candidate null: uncovered, or too large to be stored. Immutable. */
record AppliedFactors(
        @Nullable RowCandidate candidate,
        @Nullable GridHit grid,
        SetRow.@Nullable Water water,
        OrganisationFactors.@Nullable Contract contract,
        Rating rating) {
    static AppliedFactors none(Rating rating) {
        return new AppliedFactors(null, null, null, null, rating);
    }
}
