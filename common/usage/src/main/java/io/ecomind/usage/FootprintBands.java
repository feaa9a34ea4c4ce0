package io.ecomind.usage;

import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.DecimalBand;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.UsageTotal;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where each quantity stands in the protobuf messages. Stateless. A quantity that is added to {@link Quantity} needs one
 * case here.
 */
public final class FootprintBands {
    private static final Accessors[] ACCESSORS =
            Arrays.stream(Quantity.values()).map(FootprintBands::accessors).toArray(Accessors[]::new);

    /** The accessors of one quantity: in a ledger record, and in a row of usage.totals. */
    private record Accessors(
            Predicate<Footprint> isKnown,
            Function<Footprint, Band> get,
            BiConsumer<Footprint.Builder, Band> set,
            TotalSetter total) {}

    private interface TotalSetter {
        void set(UsageTotal.Builder total, Bound bound, String amount);
    }

    private FootprintBands() {}

    private static Accessors accessors(Quantity quantity) {
        return switch (quantity) {
            case ENERGY ->
                new Accessors(
                        Footprint::hasEnergy,
                        Footprint::getEnergy,
                        Footprint.Builder::setEnergy,
                        band(UsageTotal.Builder::getKwhBuilder));
            case WATER ->
                new Accessors(
                        Footprint::hasWater,
                        Footprint::getWater,
                        Footprint.Builder::setWater,
                        band(UsageTotal.Builder::getWaterLBuilder));
            case WATER_ONSITE ->
                new Accessors(
                        Footprint::hasWaterOnsite,
                        Footprint::getWaterOnsite,
                        Footprint.Builder::setWaterOnsite,
                        mid(UsageTotal.Builder::setWaterOnsiteL));
            case WATER_OFFSITE ->
                new Accessors(
                        Footprint::hasWaterOffsite,
                        Footprint::getWaterOffsite,
                        Footprint.Builder::setWaterOffsite,
                        mid(UsageTotal.Builder::setWaterOffsiteL));
            case CARBON ->
                new Accessors(
                        Footprint::hasCarbon,
                        Footprint::getCarbon,
                        Footprint.Builder::setCarbon,
                        band(UsageTotal.Builder::getCo2KgBuilder));
            case CARBON_OPERATIONAL ->
                new Accessors(
                        Footprint::hasCarbonOperational,
                        Footprint::getCarbonOperational,
                        Footprint.Builder::setCarbonOperational,
                        mid(UsageTotal.Builder::setCo2OperationalKg));
            case CARBON_EMBODIED ->
                new Accessors(
                        Footprint::hasCarbonEmbodied,
                        Footprint::getCarbonEmbodied,
                        Footprint.Builder::setCarbonEmbodied,
                        mid(UsageTotal.Builder::setCo2EmbodiedKg));
            case CARBON_MARKET ->
                new Accessors(
                        Footprint::hasCarbonMarket,
                        Footprint::getCarbonMarket,
                        Footprint.Builder::setCarbonMarket,
                        mid(UsageTotal.Builder::setCo2MarketKg));
        };
    }

    /** The figures of a quantity in nano-units; null when the quantity is unknown. */
    public static @Nullable Band of(Footprint footprint, Quantity quantity) {
        Accessors accessors = ACCESSORS[quantity.ordinal()];
        return accessors.isKnown.test(footprint) ? accessors.get.apply(footprint) : null;
    }

    public static void set(Footprint.Builder footprint, Quantity quantity, Band band) {
        ACCESSORS[quantity.ordinal()].set.accept(footprint, band);
    }

    /** Sets a figure, which must be one of those that usage.totals carries, to an exact decimal. */
    public static void set(UsageTotal.Builder total, Figure figure, String amount) {
        ACCESSORS[figure.quantity().ordinal()].total.set(total, figure.bound(), amount);
    }

    private static TotalSetter mid(BiConsumer<UsageTotal.Builder, String> setter) {
        return (total, bound, amount) -> setter.accept(total, amount);
    }

    private static TotalSetter band(Function<UsageTotal.Builder, DecimalBand.Builder> band) {
        return (total, bound, amount) -> {
            switch (bound) {
                case LOW -> band.apply(total).setLow(amount);
                case MID -> band.apply(total).setMid(amount);
                case HIGH -> band.apply(total).setHigh(amount);
            }
        };
    }
}
