package io.ecomind.footprint;

/**
 * The three figures of every quantity. Lows are all minima together, highs all maxima: sums of lows and of highs treat
 * the doubts of all calls as fully correlated, which is the widest and most cautious reading.
 */
public enum Bound {
    LOW,
    MID,
    HIGH
}
