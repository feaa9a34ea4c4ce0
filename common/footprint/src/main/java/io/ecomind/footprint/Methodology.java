package io.ecomind.footprint;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How tokens become energy. Constants only.
 *
 * <p>Both share the formulas of {@link CallProfile}; they differ in what they assume per bound.
 */
public enum Methodology {
    /**
     * The reference: output tokens only, a batch of 64, low and high from the ranges of parameters and data centre; mid is
     * the mean of the two results. Source: EcoLogits 0.11.2, ecologits/impacts/llm.py.
     */
    ECOLOGITS_0_11_2("ecologits-0.11.2", new double[] {64, 64, 64}, null, new double[3]),

    /**
     * The default: input tokens by the arithmetic that they need, cached input as a share of it, and doubt in batch size
     * and in the share of peak arithmetic that servers reach (MFU).
     */
    ECOMIND_1(
            "ecomind-1", new double[] {128, 64, 16}, new double[] {0.60, 0.45, 0.30}, new double[] {0.02, 0.05, 0.10});

    /** An H100 with its share of the server's idle parts: 700 + 150 W. */
    static final double WATTS_PER_GPU = 700 + 150;

    /** Dense 16-bit arithmetic of an H100, FLOP/s. */
    static final double PEAK_FLOP_PER_SECOND = 989.4e12;

    private final String id;
    private final double[] batch;
    private final double[] joulesPerFlop;
    private final double[] cachedShare;

    @SuppressWarnings("ImmutableEnumChecker")
    Methodology(String id, double[] batch, double @Nullable [] mfu, double[] cachedShare) {
        this.id = id;
        this.batch = batch;
        this.cachedShare = cachedShare;
        this.joulesPerFlop = new double[3];
        if (mfu != null) {
            for (int b = 0; b < 3; b++) {
                joulesPerFlop[b] = WATTS_PER_GPU / (mfu[b] * PEAK_FLOP_PER_SECOND);
            }
        }
    }

    /** The public name, such as {@code ecomind-1}. */
    public String id() {
        return id;
    }

    /**
     * The methodology of that name.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Methodology of(String id) {
        for (Methodology methodology : values()) {
            if (methodology.id.equals(id.toLowerCase(Locale.ROOT))) {
                return methodology;
            }
        }
        throw new IllegalArgumentException("methodology must be ecomind-1 or ecologits-0.11.2, was " + id);
    }

    /** Requests that share a pass through the model. */
    double batch(Bound bound) {
        return batch[bound.ordinal()];
    }

    /** Energy of one floating-point operation of the prompt; 0 where the prompt is not counted. */
    double joulesPerFlop(Bound bound) {
        return joulesPerFlop[bound.ordinal()];
    }

    /** What a token from the cache costs, as a share of one that is not. */
    double cachedShare(Bound bound) {
        return cachedShare[bound.ordinal()];
    }

    /** Whether a call without output still occupies the server until its first token. */
    boolean countsWaitWithoutOutput() {
        return this == ECOLOGITS_0_11_2;
    }

    /** Whether mid is the mean of low and high instead of an evaluation of its own. */
    boolean midIsMean() {
        return this == ECOLOGITS_0_11_2;
    }
}
