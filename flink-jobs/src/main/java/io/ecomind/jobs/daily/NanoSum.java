package io.ecomind.jobs.daily;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * A sum of nano-units that starts as a long and goes over to arbitrary precision before it would overflow. Not
 * thread-safe.
 */
final class NanoSum {
    private long small;
    private BigInteger rest = BigInteger.ZERO;

    void add(long nanos) {
        try {
            small = Math.addExact(small, nanos);
        } catch (ArithmeticException full) {
            rest = rest.add(BigInteger.valueOf(small));
            small = nanos;
        }
    }

    void add(NanoSum other) {
        add(other.small);
        rest = rest.add(other.rest);
    }

    /** The sum as a decimal with the given number of places. */
    BigDecimal toDecimal(int scale) {
        return new BigDecimal(rest.add(BigInteger.valueOf(small)), scale);
    }
}
