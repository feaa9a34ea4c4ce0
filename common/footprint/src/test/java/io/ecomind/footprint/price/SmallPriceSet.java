package io.ecomind.footprint.price;

import io.ecomind.footprint.Citation;
import io.ecomind.footprint.Validity;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;

/** Rows and calls that are small enough to be read in a test. Stateless. */
final class SmallPriceSet {
    static final Citation CITED = new Citation("made up for a test", "none");
    static final long NOON = micros("2026-06-15T12:00:00Z");

    private SmallPriceSet() {}

    static PriceSet.Builder empty() {
        return new PriceSet.Builder("small-1", "", "A test's.");
    }

    static PriceSet of(PriceRow... rows) {
        PriceSet.Builder set = empty();
        for (PriceRow row : rows) {
            set.add(row);
        }
        return set.build();
    }

    /** USD per million, whole. */
    static PriceRates usd(long input, long output) {
        return PriceRates.of(
                Map.of(PriceClass.INPUT, input * 1_000_000_000, PriceClass.OUTPUT, output * 1_000_000_000));
    }

    static PriceRates with(PriceRates rates, PriceClass priced, long nanoUsdPerMillion) {
        Map<PriceClass, Long> all = new EnumMap<>(PriceClass.class);
        all.putAll(rates.all());
        all.put(priced, nanoUsdPerMillion);
        return PriceRates.of(all);
    }

    static PriceRow row(String seller, String model, PriceRates rates) {
        return new PriceRow(seller, model, false, 0, Validity.ALWAYS, DayWindow.ALL_DAY, rates, CITED);
    }

    static PriceRow batch(PriceRow row, PriceRates rates) {
        return new PriceRow(
                row.seller(), row.model(), true, row.aboveTokens(), row.validity(), row.hours(), rates, CITED);
    }

    static PriceRow above(PriceRow row, long tokens, PriceRates rates) {
        return new PriceRow(row.seller(), row.model(), row.batch(), tokens, row.validity(), row.hours(), rates, CITED);
    }

    static PriceRow during(PriceRow row, Validity validity, DayWindow hours) {
        return new PriceRow(
                row.seller(), row.model(), row.batch(), row.aboveTokens(), validity, hours, row.rates(), CITED);
    }

    static BillableCall call(String provider, String model) {
        return call(provider, model, BillableUsage.text(1_000_000, 1_000_000));
    }

    static BillableCall call(String provider, String model, BillableUsage usage) {
        return new BillableCall(provider, model, null, false, usage, NOON, NOON);
    }

    static BillableCall at(BillableCall call, String moment) {
        return new BillableCall(
                call.provider(), call.model(), call.modality(), call.batch(), call.usage(), micros(moment), NOON);
    }

    static BillableCall batch(BillableCall call) {
        return new BillableCall(
                call.provider(),
                call.model(),
                call.modality(),
                true,
                call.usage(),
                call.tsMicros(),
                call.receivedAtMicros());
    }

    static BillableCall of(BillableCall call, String modality) {
        return new BillableCall(
                call.provider(),
                call.model(),
                modality,
                call.batch(),
                call.usage(),
                call.tsMicros(),
                call.receivedAtMicros());
    }

    static long micros(String moment) {
        var instant = Instant.parse(moment);
        return instant.getEpochSecond() * 1_000_000L + instant.getNano() / 1_000;
    }

    static Price price(PriceSet set, BillableCall call) {
        return set.price(call, OrganisationPrices.NONE);
    }
}
