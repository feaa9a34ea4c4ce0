package io.ecomind.footprint.price;

import io.ecomind.footprint.FactorRow;
import io.ecomind.footprint.OrganisationFactors.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What an organisation has agreed with its sellers: prices of its own, which go before every set's, and discounts on the
 * list prices. Immutable and thread-safe.
 *
 * <p>Both are immutable by id and chosen by the call alone: they count for what was received while they were active and
 * happened while they are valid.
 */
public final class OrganisationPrices {
    public static final OrganisationPrices NONE = new OrganisationPrices(List.of(), List.of());

    private final Map<String, List<PriceOverride>> overrides = new HashMap<>();
    private final List<PriceDiscount> discounts;

    /** An organisation's own price. Its row's days count beside those of the span; no discount is taken off it. */
    public record PriceOverride(String id, Span span, PriceRow row) {}

    /**
     * A part of the list price that is not billed.
     *
     * @param seller empty: all
     * @param basisPoints hundredths of a percent, 1 to 10,000
     */
    public record PriceDiscount(String id, Span span, String seller, int basisPoints) {
        public static final int MAX_BASIS_POINTS = 10_000;

        public PriceDiscount {
            if (basisPoints < 1 || basisPoints > MAX_BASIS_POINTS) {
                throw new IllegalArgumentException(
                        "basis_points must be 1 to " + MAX_BASIS_POINTS + ", was " + basisPoints);
            }
        }
    }

    public OrganisationPrices(List<PriceOverride> overrides, List<PriceDiscount> discounts) {
        var newestFirst = new ArrayList<>(overrides);
        newestFirst.sort(
                Comparator.comparingLong((PriceOverride own) -> own.span().activeFromMicros())
                        .thenComparing(PriceOverride::id)
                        .reversed());
        for (PriceOverride own : newestFirst) {
            this.overrides
                    .computeIfAbsent(FactorRow.normal(own.row().model()), none -> new ArrayList<>())
                    .add(own);
        }
        var mostSpecificFirst = new ArrayList<>(discounts);
        mostSpecificFirst.sort(Comparator.comparing(
                        (PriceDiscount discount) -> discount.seller().isEmpty())
                .thenComparing(Comparator.comparingLong(
                                (PriceDiscount discount) -> discount.span().activeFromMicros())
                        .thenComparing(PriceDiscount::id)
                        .reversed()));
        this.discounts = List.copyOf(mostSpecificFirst);
    }

    /**
     * The own price for a call; null when there is none. Of several the one for the larger context, then the newest.
     *
     * @param seller of the call, normalised
     * @param canonical the normalised seller of a name
     */
    @Nullable
    PriceOverride override(BillableCall call, String seller, UnaryOperator<String> canonical) {
        if (overrides.isEmpty()) {
            return null;
        }
        PriceOverride best = null;
        for (PriceOverride own : overrides.getOrDefault(FactorRow.normal(call.model()), List.of())) {
            PriceRow row = own.row();
            if (own.span().covers(call.receivedAtMicros(), call.day())
                    && row.batch() == call.batch()
                    && row.holdsAt(call.day(), call.minute())
                    && row.isReachedBy(call.usage().tokensIn())
                    && (best == null || row.aboveTokens() > best.row().aboveTokens())
                    && canonical.apply(row.seller()).equals(seller)) {
                best = own;
            }
        }
        return best;
    }

    /** The discount on the list price of a call; null when there is none. One for the seller goes before one for all. */
    @Nullable
    PriceDiscount discount(BillableCall call, String seller, UnaryOperator<String> canonical) {
        for (PriceDiscount discount : discounts) {
            if (discount.span().covers(call.receivedAtMicros(), call.day())
                    && (discount.seller().isEmpty()
                            || canonical.apply(discount.seller()).equals(seller))) {
                return discount;
            }
        }
        return null;
    }
}
