package io.ecomind.footprint;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Rows of sets that are small enough to be read in a test. Stateless. */
final class SmallSet {
    static final Citation CITED = new Citation("made up for a test", "none");

    private SmallSet() {}

    /** A set with nothing but its last resort: PUE 1.5, WUE 1 L/kWh, 500 gCO2e/kWh and 4 L/kWh of the world. */
    static FactorSet.Builder lastResort() {
        return lastResort("small-1", Methodology.ECOMIND_1);
    }

    static FactorSet.Builder lastResort(String id, Methodology methodology) {
        return new FactorSet.Builder(id, methodology, "", "A test's.")
                .add(site("*", "WOR", 1.5, 1))
                .add(year("WOR", 2020, 500))
                .add(water("WOR", 4));
    }

    static SetRow.Provider site(String provider, String zone, double pueRatio, double litresPerKwh) {
        return site(provider, zone, pueRatio, litresPerKwh, Validity.ALWAYS);
    }

    static SetRow.Provider site(String provider, String zone, double pueRatio, double litresPerKwh, Validity validity) {
        return new SetRow.Provider(
                provider, zone, new DataCentre(Range.of(pueRatio), Range.of(litresPerKwh)), 2, validity, CITED);
    }

    static FactorRow.Parametric model(String provider, String name, double billions) {
        return model(provider, name, billions, Validity.ALWAYS);
    }

    static FactorRow.Parametric model(String provider, String name, double billions, Validity validity) {
        return new FactorRow.Parametric(provider, name, "parametric", size(billions), 2, validity, CITED);
    }

    static FactorRow.Flat flat(String provider, String name, String basis, double kwh) {
        return new FactorRow.Flat(
                provider, name, basis, kwh / 2, kwh, kwh * 2, 1.25, 3, 0.25, 2, Validity.ALWAYS, CITED);
    }

    static ModelParameters size(double billions) {
        return new ModelParameters(Range.of(billions), Range.of(billions), 0, 0);
    }

    static SetRow.ModelClass modelClass(String name, String provider, String pattern, double billions) {
        return new SetRow.ModelClass(name, provider, pattern, size(billions), 4, Validity.ALWAYS, CITED);
    }

    static SetRow.Alias alias(String provider, String alias, String targetProvider, String targetModel) {
        return new SetRow.Alias(provider, alias, targetProvider, targetModel, CITED);
    }

    static SetRow.Prefix prefix(String prefix, String provider) {
        return new SetRow.Prefix(prefix, provider, CITED);
    }

    static SetRow.Region region(String region, String zone, String country) {
        return new SetRow.Region(region, "aws", zone, country, CITED);
    }

    static SetRow.Grid year(String zone, int year, double grams) {
        return grid(zone, year + "-01-01T00:00:00Z", SetRow.Resolution.YEAR, grams);
    }

    static SetRow.Grid month(String zone, String month, double grams) {
        return grid(zone, month + "-01T00:00:00Z", SetRow.Resolution.MONTH, grams);
    }

    static SetRow.Grid hour(String zone, String hour, double grams) {
        return grid(zone, hour + ":00:00Z", SetRow.Resolution.HOUR, grams);
    }

    private static SetRow.Grid grid(String zone, String start, SetRow.Resolution resolution, double grams) {
        return new SetRow.Grid(zone, Instant.parse(start), resolution, grams, CITED);
    }

    static SetRow.Water water(String zone, double litresPerKwh) {
        return new SetRow.Water(zone, litresPerKwh, CITED);
    }

    static Validity days(@Nullable String from, @Nullable String to) {
        return Validity.between(from == null ? null : LocalDate.parse(from), to == null ? null : LocalDate.parse(to));
    }

    static long micros(String moment) {
        Instant parsed = moment.length() == 10
                ? LocalDate.parse(moment).atStartOfDay(ZoneOffset.UTC).toInstant()
                : Instant.parse(moment);
        return parsed.getEpochSecond() * 1_000_000 + parsed.getNano() / 1_000;
    }

    static TestCall call(String provider, String model) {
        return new TestCall(provider, model);
    }

    /** A call of 1,000 and 100 tokens on 2026-06-15 from nowhere in particular, unless it is told otherwise. */
    static final class TestCall {
        private final String provider;
        private final String model;
        private String region = "";
        private @Nullable String modality = "text";
        private long tokensIn = 1_000;
        private long tokensOut = 100;
        private long tokensCacheRead;
        private long latencyMillis;
        private long units;
        private long tsMicros = micros("2026-06-15T12:30:00Z");
        private long receivedAtMicros = micros("2026-06-15T12:30:01Z");

        private TestCall(String provider, String model) {
            this.provider = provider;
            this.model = model;
        }

        TestCall in(String inRegion) {
            region = inRegion;
            return this;
        }

        TestCall modality(@Nullable String ofModality) {
            modality = ofModality;
            return this;
        }

        TestCall tokens(long in, long out) {
            return tokens(in, 0, out);
        }

        TestCall tokens(long in, long cacheRead, long out) {
            tokensIn = in;
            tokensCacheRead = cacheRead;
            tokensOut = out;
            return this;
        }

        TestCall latencyMillis(long millis) {
            latencyMillis = millis;
            return this;
        }

        TestCall units(long count) {
            units = count;
            return this;
        }

        TestCall at(String moment) {
            tsMicros = micros(moment);
            return this;
        }

        TestCall receivedAt(String moment) {
            return receivedAtMicros(micros(moment));
        }

        TestCall receivedAtMicros(long receivedMicros) {
            receivedAtMicros = receivedMicros;
            return this;
        }

        UsageCall make() {
            return new UsageCall(
                    provider,
                    model,
                    region,
                    modality,
                    tokensIn,
                    tokensOut,
                    tokensCacheRead,
                    latencyMillis,
                    units,
                    tsMicros,
                    receivedAtMicros);
        }

        Rating by(FactorSet set) {
            return set.rate(make(), OrganisationFactors.NONE);
        }

        Rating by(FactorSet set, OrganisationFactors own) {
            return set.rate(make(), own);
        }

        /** Mid energy, nWh. */
        long energyBy(FactorSet set) {
            return nanos(by(set), Quantity.ENERGY);
        }
    }

    static long nanos(Rating rating, Quantity quantity) {
        return amounts(rating).nanos(quantity, Bound.MID);
    }

    static Amounts amounts(Rating rating) {
        Amounts amounts = rating.amounts();
        if (amounts == null) {
            throw new AssertionError("uncovered: " + rating);
        }
        return amounts;
    }
}
