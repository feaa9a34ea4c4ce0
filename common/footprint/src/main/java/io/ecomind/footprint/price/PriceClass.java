package io.ecomind.footprint.price;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What sellers price, each by the million. Constants only. Every token of a call belongs to one class, so none is billed
 * twice.
 */
public enum PriceClass {
    /** Text of the prompt, and all of it that is in no other class. */
    INPUT,
    CACHE_READ,
    /** Written to a cache for the seller's usual time, five minutes as a rule. */
    CACHE_WRITE,
    CACHE_WRITE_1H,
    /** Text of the answer, and all of it that is in no other class. */
    OUTPUT,
    REASONING,
    AUDIO_IN,
    AUDIO_OUT,
    IMAGE_IN,
    IMAGE_OUT,
    /** Audio that was read from a cache. No call counts it apart; it tells whether all cached tokens cost the same. */
    AUDIO_CACHE_READ,
    /** Likewise for images. */
    IMAGE_CACHE_READ,
    /** The call itself. A list without this price charges no fee for it. */
    REQUEST;

    static final List<PriceClass> ALL = Arrays.asList(values());

    /** The name of the column in the files of a price set. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }
}
