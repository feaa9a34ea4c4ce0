package io.ecomind.footprint.price;

import io.ecomind.footprint.Citation;
import io.ecomind.footprint.Validity;

/**
 * A price of a seller for a model. Immutable.
 *
 * @param batch whether it is the price of a batch; only calls of a batch have it, and they have no other
 * @param aboveTokens 0, or the row is for calls with more input tokens than that: for all of their tokens, not only those
 *     above
 * @param validity the days, UTC
 * @param hours of these days, UTC
 */
public record PriceRow(
        String seller,
        String model,
        boolean batch,
        long aboveTokens,
        Validity validity,
        DayWindow hours,
        PriceRates rates,
        Citation citation) {
    public PriceRow {
        if (seller.isBlank()) {
            throw new IllegalArgumentException("seller must not be empty");
        }
        if (model.isBlank()) {
            throw new IllegalArgumentException("model must not be empty");
        }
        if (aboveTokens < 0) {
            throw new IllegalArgumentException("above must not be below 0, was " + aboveTokens);
        }
    }

    /** How the row is shown: seller/model. */
    public String label() {
        return seller + "/" + model;
    }

    boolean holdsAt(long day, int minute) {
        return validity.holdsOn(day) && hours.holdsIn(minute);
    }

    /** Whether a call with so many input tokens can have this price. */
    boolean isReachedBy(long tokensIn) {
        return aboveTokens == 0 || tokensIn > aboveTokens;
    }

    boolean contradicts(PriceRow other) {
        return batch == other.batch
                && aboveTokens == other.aboveTokens
                && validity.overlaps(other.validity)
                && hours.overlaps(other.hours);
    }
}
