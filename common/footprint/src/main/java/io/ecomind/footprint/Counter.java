package io.ecomind.footprint;

import java.util.Locale;

/** What is counted of calls beside their amounts; never unknown. Constants only. */
public enum Counter {
    CALL_COUNT,
    /** Calls that no factor covers: their amounts are unknown. */
    UNCOVERED_COUNT,
    TOKENS_IN,
    TOKENS_OUT,
    /** Tokens of the uncovered calls. */
    UNCOVERED_TOKENS_IN,
    UNCOVERED_TOKENS_OUT,
    /** Calls that have a {@link Quantity#CARBON_MARKET} figure. */
    MARKET_COUNT;

    private final String column = name().toLowerCase(Locale.ROOT);

    /** The name of the stored column. */
    public String column() {
        return column;
    }
}
