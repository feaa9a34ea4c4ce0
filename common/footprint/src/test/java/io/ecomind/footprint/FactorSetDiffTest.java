package io.ecomind.footprint;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FactorSetDiffTest {
    private static final Citation FACT = new Citation("a test", "public");
    private static final long TS_MICROS = 1_785_542_400_000_000L;
    private static final Instant YEAR = Instant.parse("2025-01-01T00:00:00Z");

    @Test
    void a_set_does_not_differ_from_itself() {
        FactorSet set = set("a", 0.002).build();

        assertThat(FactorSetDiff.between(set, set, TS_MICROS))
                .isEqualTo(new FactorSetDiff(List.of(), List.of(), List.of()));
    }

    @Test
    void models_that_are_covered_on_one_side_only_come_first() {
        FactorSet before = set("a", 0.002)
                .add(flat("small", 0.010))
                .add(flat("gone", 0.001))
                .build();
        FactorSet after = set("b", 0.003)
                .add(flat("small", 0.011))
                .add(flat("new", 0.001))
                .build();

        List<FactorSetDiff.ModelChange> changes =
                FactorSetDiff.between(before, after, TS_MICROS).models();

        assertThat(changes.stream().map(FactorSetDiff.ModelChange::model))
                .containsExactly("gone", "new", "model", "small");
        assertThat(changes.get(0).relative(Quantity.ENERGY)).isNull();
        assertThat(changes.get(0).after().amounts()).isNull();
        assertThat(changes.get(1).before().amounts()).isNull();
        assertThat(changes.get(2).relative(Quantity.ENERGY)).isEqualTo(0.5);
        assertThat(changes.get(3).relative(Quantity.ENERGY)).isEqualTo(0.1);
    }

    @Test
    void a_model_that_another_table_moves_is_shown() {
        FactorSet before = set("a", 0.002).add(parametric()).build();
        FactorSet after =
                set("b", 0.002).add(parametric()).add(site("vendor", 2)).build();

        FactorSetDiff diff = FactorSetDiff.between(before, after, TS_MICROS);

        assertThat(diff.models()).hasSize(1);
        // PUE 1 by the row for all before, 2 by its own row now.
        assertThat(diff.models().get(0).relative(Quantity.ENERGY)).isBetween(0.999999, 1.000001);
        assertThat(diff.rows()).hasSize(1);
        assertThat(diff.rows().get(0).table()).isEqualTo(FactorTable.PROVIDERS);
        assertThat(diff.rows().get(0).kind()).isEqualTo("added");
    }

    @Test
    void figures_of_the_grid_are_ordered_by_their_change() {
        FactorSet before = set("a", 0.002)
                .add(grid("AAA", 100))
                .add(grid("BBB", 100))
                .add(grid("CCC", 5))
                .build();
        FactorSet after = set("b", 0.002)
                .add(grid("AAA", 110))
                .add(grid("BBB", 50))
                .add(grid("DDD", 7))
                .build();

        List<FactorSetDiff.GridChange> changes =
                FactorSetDiff.between(before, after, TS_MICROS).grid();

        assertThat(changes)
                .containsExactly(
                        change("BBB", 100.0, 50.0),
                        change("AAA", 100.0, 110.0),
                        change("CCC", 5.0, null),
                        change("DDD", null, 7.0));
        assertThat(changes.get(0).relative()).isEqualTo(-0.5);
        assertThat(changes.get(2).relative()).isNull();
    }

    @Test
    void changed_rows_name_their_columns_and_added_and_removed_ones_their_side() {
        FactorSet before = set("a", 0.002)
                .add(new SetRow.Alias("*", "alias", "vendor", "model", FACT))
                .add(new SetRow.Prefix("eu.", "", FACT))
                .build();
        FactorSet after = set("b", 0.003)
                .add(new SetRow.Alias("*", "alias", "vendor", "model", new Citation("another", "public")))
                .add(new SetRow.ProviderAlias("the-vendor", "vendor", FACT))
                .build();

        List<FactorSetDiff.RowChange> changes =
                FactorSetDiff.between(before, after, TS_MICROS).rows();

        assertThat(changes.stream().map(c -> c.table().id() + " " + c.kind() + " " + c.columns()))
                .containsExactly(
                        "provider_aliases added []",
                        "per_call changed [kwh_low, kwh_mid, kwh_high]",
                        "aliases changed [source]",
                        "prefixes removed []");
    }

    @Test
    void the_other_methodology_rates_the_same_rows() {
        FactorSet set = set("a", 0.002).add(parametric()).build();
        FactorSet other = set.under(Methodology.ECOLOGITS_0_11_2);

        assertThat(set.under(Methodology.ECOMIND_1)).isSameAs(set);
        assertThat(other.methodology()).isEqualTo(Methodology.ECOLOGITS_0_11_2);
        FactorSetDiff diff = FactorSetDiff.between(set, other, TS_MICROS);
        assertThat(diff.models().stream().map(FactorSetDiff.ModelChange::model)).containsExactly("parametric");
        assertThat(diff.rows()).isEmpty();
    }

    @Test
    void what_is_unknown_has_a_reason() {
        FactorSet set = set("a", 0.002)
                .add(new FactorRow.Flat("vendor", "unit", "per_unit", 1, 1, 1, 1, 0, 0.1, 1, Validity.ALWAYS, FACT))
                .add(new FactorRow.Flat(
                        "vendor", "later", "per_call", 1, 1, 1, 1, 0, 0.1, 1, new Validity(40_000, 50_000), FACT))
                .build();

        assertThat(why(set, "nothing")).isEqualTo("no row of a stands for vendor/nothing");
        assertThat(why(set, "unit")).contains("per unit");
        assertThat(why(set, "later")).contains("day");
        assertThat(why(set, "model"))
                .isEqualTo("a flat factor gives one figure for water, within its source's boundary");
    }

    private static String why(FactorSet set, String model) {
        var call = new UsageCall("vendor", model, "", "text", 10, 10, 0, 0, 0, TS_MICROS, TS_MICROS);
        return set.explain(call, OrganisationFactors.NONE).unknown().get(0).why();
    }

    private static FactorSet.Builder set(String id, double kwh) {
        return new FactorSet.Builder(id, Methodology.ECOMIND_1, "", "a test")
                .add(site(SetRow.Provider.ANY, 1))
                .add(grid(GridTable.WORLD, 400))
                .add(new SetRow.Water(GridTable.WORLD, 2, FACT))
                .add(flat("model", kwh));
    }

    private static FactorRow flat(String model, double kwh) {
        return new FactorRow.Flat("vendor", model, "per_call", kwh, kwh, kwh, 1, 1, 0.4, 1, Validity.ALWAYS, FACT);
    }

    private static FactorRow parametric() {
        return new FactorRow.Parametric(
                "vendor",
                "parametric",
                "parametric",
                new ModelParameters(Range.of(8), Range.of(8), 50, 0.5),
                2,
                Validity.ALWAYS,
                FACT);
    }

    private static SetRow.Provider site(String provider, double pue) {
        return new SetRow.Provider(
                provider, GridTable.WORLD, new DataCentre(Range.of(pue), Range.of(0)), 4, Validity.ALWAYS, FACT);
    }

    private static SetRow.Grid grid(String zone, double grams) {
        return new SetRow.Grid(zone, YEAR, SetRow.Resolution.YEAR, grams, FACT);
    }

    private static FactorSetDiff.GridChange change(String zone, @Nullable Double before, @Nullable Double after) {
        return new FactorSetDiff.GridChange(zone, YEAR, SetRow.Resolution.YEAR, before, after);
    }
}
