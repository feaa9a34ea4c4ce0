package io.ecomind.footprint.price;

import io.ecomind.footprint.Rating.Match;
import io.ecomind.footprint.price.OrganisationPrices.PriceDiscount;
import io.ecomind.footprint.price.OrganisationPrices.PriceOverride;
import io.ecomind.footprint.price.PriceNames.PriceHit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One version of all price lists. Thread-safe and, apart from a bounded cache of names, immutable.
 *
 * <p>A call is priced by the row of its seller and model that holds at the moment of the call. What no row stands for is
 * uncovered: it has no amount, never 0.
 */
public final class PriceSet {
    private final String id;
    private final String replaces;
    private final String reason;
    private final PriceNames names;

    private PriceSet(String id, String replaces, String reason, PriceNames names) {
        this.id = id;
        this.replaces = replaces;
        this.reason = reason;
        this.names = names;
    }

    /** What was found for a call, before any amount. */
    private record Applied(
            String label,
            PriceHit hit,
            Match match,
            @Nullable PriceRow row,
            @Nullable PriceDiscount discount) {}

    public String id() {
        return id;
    }

    /** The set that this one stands in for; empty for a first one. */
    public String replaces() {
        return replaces;
    }

    /** Why. */
    public String reason() {
        return reason;
    }

    /** All prices, by seller and model. */
    public List<PriceRow> rows() {
        return names.rows();
    }

    /** Other names of models. */
    public List<PriceAlias> aliases() {
        return names.aliases();
    }

    /** Other names of sellers, each with the seller's own. */
    public Map<String, String> sellers() {
        return names.sellers();
    }

    /** The normalised name of whoever bills for a provider; the provider's own when the set does not know it. */
    public String seller(String provider) {
        return names.seller(provider);
    }

    /** What a call costs; uncovered when no row stands for it. */
    public Price price(BillableCall call, OrganisationPrices own) {
        return price(call, apply(call, own));
    }

    /** What a call costs, with everything that led to it. */
    public PriceExplanation explain(BillableCall call, OrganisationPrices own) {
        Applied applied = apply(call, own);
        Price price = price(call, applied);
        PriceRow row = applied.row();
        List<PricedLine> lines = new ArrayList<>();
        List<PriceClass> withoutPrice = new ArrayList<>();
        if (row != null && call.usage().isConsistent()) {
            for (PriceClass counted : PriceClass.ALL) {
                long count = call.count(counted);
                long rate = row.rates().billed(counted);
                if (count > 0 && rate < 0) {
                    withoutPrice.add(counted);
                } else if (count > 0 && (counted != PriceClass.REQUEST || rate > 0)) {
                    lines.add(new PricedLine(counted, row.rates().as(counted), count, rate, exact(count, rate)));
                }
            }
        }
        PriceDiscount discount = applied.discount();
        return new PriceExplanation(price, row, lines, withoutPrice, discount == null ? 0 : discount.basisPoints());
    }

    private static BigDecimal exact(long count, long rate) {
        return BigDecimal.valueOf(count).multiply(BigDecimal.valueOf(rate)).movePointLeft(6);
    }

    private Applied apply(BillableCall call, OrganisationPrices own) {
        PriceHit hit = names.find(call.provider(), call.model());
        PriceOverride override = own.override(call, hit.seller(), names::seller);
        if (override != null) {
            return new Applied(id + "+" + override.id(), hit, Match.OVERRIDE, override.row(), null);
        }
        PriceDiscount discount = own.discount(call, hit.seller(), names::seller);
        String label = discount == null ? id : id + "+" + discount.id();
        return new Applied(label, hit, hit.match(), row(hit.rows(), call), discount);
    }

    private Price price(BillableCall call, Applied applied) {
        PriceRow row = applied.row();
        if (row == null) {
            Unpriced missing = applied.hit().missing();
            return Price.uncovered(id, "", missing != null ? missing : call.batch() ? Unpriced.BATCH : Unpriced.TIME);
        }
        PriceDiscount discount = applied.discount();
        Unpriced why = Bill.reason(call, row.rates());
        if (why != null) {
            return Price.uncovered(applied.label(), row.label(), why);
        }
        long nanoUsd = Bill.nanoUsd(call, row.rates(), discount == null ? 0 : discount.basisPoints());
        return nanoUsd < 0
                ? Price.uncovered(applied.label(), row.label(), Unpriced.TOO_LARGE)
                : new Price(
                        applied.label(),
                        applied.match(),
                        row.label(),
                        nanoUsd,
                        row.rates().isFree(),
                        null);
    }

    /** The row for the moment and the size of a call; null when none holds. */
    private static @Nullable PriceRow row(List<PriceRow> rows, BillableCall call) {
        long day = call.day();
        int minute = call.minute();
        PriceRow best = null;
        for (int i = 0; i < rows.size(); i++) {
            PriceRow row = rows.get(i);
            if (row.batch() == call.batch()
                    && row.isReachedBy(call.usage().tokensIn())
                    && (best == null || row.aboveTokens() > best.aboveTokens())
                    && row.holdsAt(day, minute)) {
                best = row;
            }
        }
        return best;
    }

    /** Collects the rows of a set; every add refuses what contradicts an earlier row. Not thread-safe. */
    public static final class Builder {
        private final String id;
        private final String replaces;
        private final String reason;
        private final PriceNames names = new PriceNames();

        public Builder(String id, String replaces, String reason) {
            if (!id.matches("[a-z0-9][a-z0-9.-]{0,63}")) {
                throw new IllegalArgumentException(
                        "id must be 1 to 64 of a-z, 0-9, '.', '-', beginning with a letter or digit, was '" + id + "'");
            }
            if (reason.isBlank()) {
                throw new IllegalArgumentException("reason must not be empty");
            }
            this.id = id;
            this.replaces = replaces;
            this.reason = reason;
        }

        public Builder add(PriceRow row) {
            names.add(row);
            return this;
        }

        public Builder add(PriceAlias alias) {
            names.add(alias);
            return this;
        }

        /** Another name of a seller. */
        public Builder seller(String alias, String seller) {
            names.addSeller(alias, seller);
            return this;
        }

        /** What may stand before a seller's models, beside the names of the seller. */
        public Builder prefix(String seller, String prefix) {
            names.addPrefix(seller, prefix);
            return this;
        }

        /**
         * The finished set; the builder must not be used afterwards.
         *
         * @throws IllegalArgumentException when an alias leads nowhere
         */
        public PriceSet build() {
            names.finish();
            return new PriceSet(id, replaces, reason, names);
        }
    }
}
