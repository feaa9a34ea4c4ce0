package io.ecomind.footprint.price;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prices by class, in nano-USD per million. Immutable.
 *
 * <p>A class that the seller does not price apart is billed as the class that includes it: cache reads and writes, audio and
 * images of the prompt as input, reasoning as output. Two classes are not, because the difference is large where there is
 * one: generated audio and images, and a cache write for an hour where a shorter one has a price of its own. They have no
 * price then.
 */
public final class PriceRates {
    /** A million dollars for a million. No seller is near; a misplaced point is. */
    public static final long MAX_NANO_USD_PER_MILLION = 1_000_000_000_000_000L;

    private static final long NONE = -1;

    private final long[] own = new long[PriceClass.ALL.size()];
    private final long[] billed = new long[PriceClass.ALL.size()];
    private final PriceClass[] billedAs = new PriceClass[PriceClass.ALL.size()];
    private final List<PriceClass> unpriced = new ArrayList<>();
    private final boolean isKnown;
    private final boolean isFree;

    private PriceRates(Map<PriceClass, Long> rates) {
        Arrays.fill(own, NONE);
        rates.forEach((priced, rate) -> {
            if (rate < 0 || rate > MAX_NANO_USD_PER_MILLION) {
                throw new IllegalArgumentException(priced.column() + " must be 0 to " + MAX_NANO_USD_PER_MILLION
                        + " nano-USD per million, was " + rate);
            }
            own[priced.ordinal()] = rate;
        });
        for (PriceClass priced : PriceClass.ALL) {
            PriceClass as = billedAs(priced);
            billedAs[priced.ordinal()] = as;
            billed[priced.ordinal()] = own[as.ordinal()];
        }
        if (own[PriceClass.REQUEST.ordinal()] == NONE) {
            billed[PriceClass.REQUEST.ordinal()] = 0;
        }
        for (PriceClass priced : PriceClass.ALL) {
            if (billed[priced.ordinal()] == NONE) {
                unpriced.add(priced);
            }
        }
        isKnown = !rates.isEmpty();
        isFree = isKnown && rates.values().stream().allMatch(rate -> rate == 0);
    }

    /** Only these classes are priced apart. An empty map says that the price is not known. */
    public static PriceRates of(Map<PriceClass, Long> nanoUsdPerMillion) {
        return new PriceRates(nanoUsdPerMillion);
    }

    /** The price of a class; null when the class is not priced apart. */
    public @Nullable Long own(PriceClass priced) {
        long rate = own[priced.ordinal()];
        return rate == NONE ? null : Long.valueOf(rate);
    }

    /** All that are priced apart. */
    public Map<PriceClass, Long> all() {
        var found = new EnumMap<PriceClass, Long>(PriceClass.class);
        for (PriceClass priced : PriceClass.ALL) {
            Long rate = own(priced);
            if (rate != null) {
                found.put(priced, rate);
            }
        }
        return found;
    }

    /** Whether the seller charges nothing: each price that there is, is 0. */
    public boolean isFree() {
        return isFree;
    }

    /** Whether there is any price. */
    boolean isKnown() {
        return isKnown;
    }

    /** What one million of a class is billed at; below 0 when there is no price. */
    long billed(PriceClass priced) {
        return billed[priced.ordinal()];
    }

    /** Classes that have no price, neither one of their own nor another's. */
    List<PriceClass> unpriced() {
        return unpriced;
    }

    /** The class at whose price a class is billed. */
    PriceClass as(PriceClass priced) {
        return billedAs[priced.ordinal()];
    }

    boolean has(PriceClass priced) {
        return own[priced.ordinal()] != NONE;
    }

    private PriceClass billedAs(PriceClass priced) {
        if (has(priced)) {
            return priced;
        }
        return switch (priced) {
            case CACHE_READ, CACHE_WRITE, AUDIO_IN, IMAGE_IN -> PriceClass.INPUT;
            case CACHE_WRITE_1H -> has(PriceClass.CACHE_WRITE) ? priced : PriceClass.INPUT;
            case REASONING -> PriceClass.OUTPUT;
            case AUDIO_CACHE_READ, IMAGE_CACHE_READ -> billedAs(PriceClass.CACHE_READ);
            case INPUT, OUTPUT, AUDIO_OUT, IMAGE_OUT, REQUEST -> priced;
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PriceRates rates && Arrays.equals(own, rates.own);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(own);
    }

    @Override
    public String toString() {
        return all().toString();
    }
}
