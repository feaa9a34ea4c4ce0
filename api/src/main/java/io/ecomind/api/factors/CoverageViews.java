package io.ecomind.api.factors;

import io.ecomind.footprint.Rating;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answers about coverage. */
final class CoverageViews {
    private CoverageViews() {}

    /**
     * The answer.
     *
     * @param uncoveredPairs how many there are; the rows are the largest of them
     */
    record CoverageView(
            String orgId,
            LocalDate from,
            LocalDate to,
            @Nullable Instant completeThrough,
            boolean provisional,
            CoverageTotalsView totals,
            long uncoveredPairs,
            List<PairView> rows) {

        static CoverageView of(String orgId, Coverage coverage) {
            ModelTotals.AllModels all = coverage.totals();
            return new CoverageView(
                    orgId,
                    coverage.range().from(),
                    coverage.range().to(),
                    coverage.completeThrough(),
                    coverage.provisional(),
                    new CoverageTotalsView(
                            new CountView(
                                    all.callCount() - all.uncoveredCount(),
                                    all.tokensIn() - all.uncoveredTokensIn(),
                                    all.tokensOut() - all.uncoveredTokensOut()),
                            new CountView(all.uncoveredCount(), all.uncoveredTokensIn(), all.uncoveredTokensOut())),
                    all.uncoveredPairs(),
                    coverage.gaps().stream().map(PairView::of).toList());
        }
    }

    record CoverageTotalsView(CountView covered, CountView uncovered) {}

    record CountView(long calls, long tokensIn, long tokensOut) {}

    /** A provider's model with its uncovered calls. */
    record PairView(
            String provider,
            String model,
            long calls,
            long tokensIn,
            long tokensOut,
            @Nullable LocalDate firstDate,
            @Nullable LocalDate lastDate,
            MatchView today) {

        static PairView of(Coverage.Gap gap) {
            ModelTotals pair = gap.pair();
            Rating rating = gap.explanation().rating();
            boolean covered = rating.amounts() != null;
            return new PairView(
                    pair.provider(),
                    pair.model(),
                    pair.uncoveredCount(),
                    pair.uncoveredTokensIn(),
                    pair.uncoveredTokensOut(),
                    pair.firstDate(),
                    pair.lastDate(),
                    new MatchView(
                            rating.factorSet(),
                            covered,
                            rating.match().id(),
                            rating.matched(),
                            covered ? null : gap.explanation().unknown().get(0).why()));
        }
    }

    /**
     * How the pair would be matched if it were called now, as text.
     *
     * @param why it would still be uncovered; null when it would be covered
     */
    record MatchView(
            String factorSet,
            boolean covered,
            String match,
            String matched,
            @Nullable String why) {}
}
