package io.ecomind.footprint.price;

import java.util.Locale;

/** Why a call has no price, which is never the same as a price of 0. Constants only. */
public enum Unpriced {
    SET("no price set was active when the call was received"),
    SELLER("the set has no prices of this seller"),
    MODEL("the seller has no price for this model"),
    TIME("the seller's price for this model does not hold at the time of the call"),
    BATCH("the seller's price of a batch of this model is not known for the time and size of the call"),
    TOKEN_CLASS("the call counts tokens that the seller's list has no price for"),
    CACHED_MEDIA(
            "the seller prices cached audio or images apart from cached text, and the call does not count them apart"),
    PARTS("the call counts more tokens in the parts than in the whole"),
    MEDIA("the call's modality has prices of its own, and the call does not count its tokens"),
    TOO_LARGE("the amount does not fit into 64 bits of nano-USD");

    private final String description;

    Unpriced(String description) {
        this.description = description;
    }

    /** The stored name. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reason as a sentence without its full stop. */
    public String description() {
        return description;
    }
}
