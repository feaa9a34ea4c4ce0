package io.ecomind.footprint.price;

/**
 * Token counts of a call, as the wire has them. Immutable. 0 stands for none and for not said.
 *
 * <p>The parts of a whole exclude each other: a token that was read from a cache is in {@code cacheRead} and in neither
 * {@code audioIn} nor {@code imageIn}.
 *
 * @param tokensIn all of the prompt: {@code cacheRead + cacheWrite + audioIn + imageIn} are within it
 * @param tokensOut all that was generated: {@code reasoning + audioOut + imageOut} are within it
 * @param cacheWrite with {@code cacheWrite1h}
 * @param cacheWrite1h the part of {@code cacheWrite} that is kept for an hour
 */
public record BillableUsage(
        long tokensIn,
        long tokensOut,
        long cacheRead,
        long cacheWrite,
        long cacheWrite1h,
        long reasoning,
        long audioIn,
        long audioOut,
        long imageIn,
        long imageOut) {
    public BillableUsage {
        // The sign bit of all of them together is set when that of one is.
        if ((tokensIn
                        | tokensOut
                        | cacheRead
                        | cacheWrite
                        | cacheWrite1h
                        | reasoning
                        | audioIn
                        | audioOut
                        | imageIn
                        | imageOut)
                < 0) {
            throw new IllegalArgumentException("token counts must not be below 0, was " + tokensIn + " in, " + tokensOut
                    + " out, " + cacheRead + " cache read, " + cacheWrite + " cache write, " + cacheWrite1h
                    + " of it for 1 h, " + reasoning + " reasoning, " + audioIn + " audio in, " + audioOut
                    + " audio out, " + imageIn + " image in, " + imageOut + " image out");
        }
    }

    /** Text without any of the other classes. */
    public static BillableUsage text(long tokensIn, long tokensOut) {
        return new BillableUsage(tokensIn, tokensOut, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** Whether no whole has fewer tokens than its parts. */
    boolean isConsistent() {
        return fits(tokensIn, cacheRead, cacheWrite, audioIn, imageIn)
                && fits(tokensOut, reasoning, audioOut, imageOut, 0)
                && cacheWrite1h <= cacheWrite;
    }

    private static boolean fits(long whole, long a, long b, long c, long d) {
        // Each part on its own first: their sum could be too large for a long.
        return a <= whole && b <= whole - a && c <= whole - a - b && d <= whole - a - b - c;
    }
}
