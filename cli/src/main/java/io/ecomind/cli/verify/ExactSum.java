package io.ecomind.cli.verify;

import java.math.BigInteger;

/** A sum of longs that never overflows. Not thread-safe. */
final class ExactSum {
    private long low;
    private BigInteger carried = BigInteger.ZERO;

    void add(long value) {
        long sum = low + value;
        // The sign of an overflowed sum differs from both of its parts.
        if (((low ^ sum) & (value ^ sum)) < 0) {
            carried = carried.add(BigInteger.valueOf(low)).add(BigInteger.valueOf(value));
            low = 0;
        } else {
            low = sum;
        }
    }

    BigInteger value() {
        return carried.add(BigInteger.valueOf(low));
    }
}
