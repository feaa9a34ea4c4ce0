package io.ecomind.api.factors;

import io.ecomind.footprint.UsageCall;
import io.ecomind.usage.EpochMicros;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * What an organisation called by provider and model over some days. Immutable.
 *
 * @param firstDate the first day with an uncovered call, null when there is none; likewise lastDate
 */
record ModelTotals(
        String provider,
        String model,
        long callCount,
        long tokensIn,
        long tokensOut,
        long uncoveredCount,
        long uncoveredTokensIn,
        long uncoveredTokensOut,
        @Nullable LocalDate firstDate,
        @Nullable LocalDate lastDate) {

    /**
     * Calls and tokens of all models.
     *
     * @param sealed whether each day with calls is sealed
     */
    record AllModels(
            long callCount,
            long tokensIn,
            long tokensOut,
            long uncoveredCount,
            long uncoveredTokensIn,
            long uncoveredTokensOut,
            long pairs,
            long uncoveredPairs,
            boolean sealed) {}

    /** One call that stands for all of them: text, no region, the tokens of the average call. */
    UsageCall averageCall(Instant at) {
        return call(tokensIn, tokensOut, callCount, at);
    }

    /** The same of the uncovered ones. */
    UsageCall averageUncoveredCall(Instant at) {
        return call(uncoveredTokensIn, uncoveredTokensOut, uncoveredCount, at);
    }

    private UsageCall call(long in, long out, long of, Instant at) {
        long micros = EpochMicros.of(at);
        return new UsageCall(
                provider,
                model,
                "",
                "text",
                Math.round((double) in / of),
                Math.round((double) out / of),
                0,
                0,
                0,
                micros,
                micros);
    }
}
