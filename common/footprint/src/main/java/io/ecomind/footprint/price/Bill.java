package io.ecomind.footprint.price;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a row makes of a call: exact sums of whole numbers, and one division at the end. Stateless.
 *
 * <pre>nano-USD = round(sum over classes of count * price * (10,000 - discount) / (1,000,000 * 10,000))</pre>
 */
final class Bill {
    static final long MILLION = 1_000_000;
    private static final long ALL_BASIS_POINTS = OrganisationPrices.PriceDiscount.MAX_BASIS_POINTS;
    private static final long OVERFLOW = -1;

    private Bill() {}

    /** Why the row has no price for the call; null when it has one. */
    static @Nullable Unpriced reason(BillableCall call, PriceRates rates) {
        BillableUsage usage = call.usage();
        if (!usage.isConsistent()) {
            return Unpriced.PARTS;
        }
        if (!rates.isKnown()) {
            return call.batch() ? Unpriced.BATCH : Unpriced.TIME;
        }
        List<PriceClass> unpriced = rates.unpriced();
        for (int i = 0; i < unpriced.size(); i++) {
            if (call.count(unpriced.get(i)) > 0) {
                return Unpriced.TOKEN_CLASS;
            }
        }
        if (usage.cacheRead() > 0
                && ((usage.audioIn() > 0 && isCachedApart(rates, PriceClass.AUDIO_CACHE_READ))
                        || (usage.imageIn() > 0 && isCachedApart(rates, PriceClass.IMAGE_CACHE_READ)))) {
            return Unpriced.CACHED_MEDIA;
        }
        return isMediaUncounted(call, rates) ? Unpriced.MEDIA : null;
    }

    private static boolean isCachedApart(PriceRates rates, PriceClass media) {
        return rates.has(media) && rates.billed(media) != rates.billed(PriceClass.CACHE_READ);
    }

    private static boolean isPricedApart(PriceRates rates, PriceClass in, PriceClass out) {
        return rates.has(in) || rates.has(out);
    }

    /** Whether the call is about images or sound, and which of its tokens are such, which matters, is not said. */
    private static boolean isMediaUncounted(BillableCall call, PriceRates rates) {
        String modality = call.modality();
        if (modality == null) {
            return false;
        }
        BillableUsage usage = call.usage();
        return switch (modality) {
            case "image" ->
                usage.tokensIn() + usage.tokensOut() == 0
                        || (usage.imageIn() + usage.imageOut() == 0
                                && isPricedApart(rates, PriceClass.IMAGE_IN, PriceClass.IMAGE_OUT));
            case "audio" ->
                usage.tokensIn() + usage.tokensOut() == 0
                        || (usage.audioIn() + usage.audioOut() == 0
                                && isPricedApart(rates, PriceClass.AUDIO_IN, PriceClass.AUDIO_OUT));
            case "video" -> true;
            default -> false;
        };
    }

    /**
     * The amount in nano-USD, rounded half to even; below 0 when it does not fit into a long. Only for a call that has no
     * {@link #reason}.
     */
    static long nanoUsd(BillableCall call, PriceRates rates, int discountBasisPoints) {
        long sum = 0;
        for (int i = 0; i < PriceClass.ALL.size(); i++) {
            PriceClass priced = PriceClass.ALL.get(i);
            long count = call.count(priced);
            if (count != 0) {
                long rate = rates.billed(priced);
                long product = count * rate;
                sum += product;
                // Both are 0 or more, so what does not fit shows in the upper half or in the sign.
                if (Math.multiplyHigh(count, rate) != 0 || (product | sum) < 0) {
                    return large(call, rates, discountBasisPoints);
                }
            }
        }
        if (discountBasisPoints == 0) {
            return halfEven(sum, MILLION);
        }
        long share = ALL_BASIS_POINTS - discountBasisPoints;
        long discounted = sum * share;
        return Math.multiplyHigh(sum, share) != 0 || discounted < 0
                ? large(call, rates, discountBasisPoints)
                : halfEven(discounted, MILLION * ALL_BASIS_POINTS);
    }

    private static long large(BillableCall call, PriceRates rates, int discountBasisPoints) {
        BigInteger sum = BigInteger.ZERO;
        for (PriceClass priced : PriceClass.ALL) {
            sum = sum.add(BigInteger.valueOf(call.count(priced))
                    .multiply(BigInteger.valueOf(Math.max(0, rates.billed(priced)))));
        }
        BigInteger amount = new BigDecimal(sum.multiply(BigInteger.valueOf(ALL_BASIS_POINTS - discountBasisPoints)))
                .divide(BigDecimal.valueOf(MILLION * ALL_BASIS_POINTS), 0, RoundingMode.HALF_EVEN)
                .toBigInteger();
        return amount.bitLength() < Long.SIZE ? amount.longValueExact() : OVERFLOW;
    }

    /** Both 0 or more. */
    private static long halfEven(long dividend, long divisor) {
        long quotient = dividend / divisor;
        long twice = (dividend - quotient * divisor) * 2;
        return twice > divisor || (twice == divisor && (quotient & 1) == 1) ? quotient + 1 : quotient;
    }
}
