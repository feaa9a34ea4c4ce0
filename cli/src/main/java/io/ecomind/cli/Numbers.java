package io.ecomind.cli;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as people read them. Stateless. */
public final class Numbers {
    private static final int DIGITS = 4;
    private static final int MAX_DECIMALS = 9;

    private Numbers() {}

    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    public static String count(BigInteger value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Four significant digits, never in scientific notation; whole digits are all kept. */
    public static String amount(BigDecimal value) {
        if (value.signum() == 0) {
            return "0";
        }
        int decimals = Math.max(0, Math.min(MAX_DECIMALS, DIGITS - (value.precision() - value.scale())));
        BigDecimal rounded = value.setScale(decimals, RoundingMode.HALF_EVEN);
        return String.format(Locale.ROOT, "%,." + decimals + "f", rounded.round(MathContext.UNLIMITED));
    }
}
