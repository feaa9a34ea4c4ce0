package io.ecomind.factors;

import io.ecomind.footprint.DataCentre;
import io.ecomind.footprint.FactorRow;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.Methodology;
import io.ecomind.footprint.ModelParameters;
import io.ecomind.footprint.SetRow;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads the files of a set and collects what is wrong with them. Used once. */
final class FactorSetReader {
    private final CsvTables tables;
    private final SortedMap<Long, SetRow.Alias> aliases = new TreeMap<>();

    FactorSetReader(FactorSetFiles files) {
        this.tables = new CsvTables(files::text);
    }

    FactorSet read() throws FactorSetException {
        List<FactorSet.Builder> heads = new ArrayList<>();
        tables.each("set.csv", "id,methodology,replaces,reason", row -> {
            if (!heads.isEmpty()) {
                throw new IllegalArgumentException("the file must have one row");
            }
            heads.add(new FactorSet.Builder(
                    row.text("id"), Methodology.of(row.text("methodology")), row.text("replaces"), row.text("reason")));
        });
        if (heads.isEmpty()) {
            if (tables.problems().isEmpty()) {
                tables.problem("set.csv: the file must have one row");
            }
            throw new FactorSetException(tables.problems());
        }
        FactorSet.Builder set = heads.get(0);
        tables.each(
                "providers.csv",
                "provider,zone,pue_min,pue_max,wue_min,wue_max,evidence_tier,valid_from,valid_to,source,licence",
                row -> set.add(new SetRow.Provider(
                        row.text("provider"),
                        row.text("zone"),
                        new DataCentre(row.range("pue_min", "pue_max"), row.range("wue_min", "wue_max")),
                        row.whole("evidence_tier"),
                        row.validity(),
                        row.citation())));
        tables.each(
                "provider_aliases.csv",
                "alias,provider,source,licence",
                row -> set.add(new SetRow.ProviderAlias(row.text("alias"), row.text("provider"), row.citation())));
        tables.each(
                "models.csv",
                "provider,model,basis,active_b_min,active_b_max,total_b_min,total_b_max,tps,ttft_s,evidence_tier,"
                        + "valid_from,valid_to,source,licence",
                row -> set.add(new FactorRow.Parametric(
                        row.text("provider"),
                        row.text("model"),
                        row.text("basis"),
                        new ModelParameters(
                                row.range("active_b_min", "active_b_max"),
                                row.range("total_b_min", "total_b_max"),
                                row.speed("tps"),
                                row.optional("ttft_s")),
                        row.whole("evidence_tier"),
                        row.validity(),
                        row.citation())));
        tables.each(
                "per_call.csv",
                "provider,model,basis,kwh_low,kwh_mid,kwh_high,pue,water_l_per_kwh,co2_kg_per_kwh,evidence_tier,"
                        + "valid_from,valid_to,source,licence",
                row -> set.add(new FactorRow.Flat(
                        row.text("provider"),
                        row.text("model"),
                        row.text("basis"),
                        row.number("kwh_low"),
                        row.number("kwh_mid"),
                        row.number("kwh_high"),
                        row.number("pue"),
                        row.number("water_l_per_kwh"),
                        row.number("co2_kg_per_kwh"),
                        row.whole("evidence_tier"),
                        row.validity(),
                        row.citation())));
        tables.each("aliases.csv", "provider,alias,target_provider,target_model,source,licence", row -> {
            var alias = new SetRow.Alias(
                    row.text("provider"),
                    row.text("alias"),
                    row.text("target_provider"),
                    row.text("target_model"),
                    row.citation());
            set.add(alias);
            aliases.put(row.line(), alias);
        });
        tables.each(
                "prefixes.csv",
                "prefix,provider,source,licence",
                row -> set.add(new SetRow.Prefix(row.text("prefix"), row.text("provider"), row.citation())));
        tables.each(
                "classes.csv",
                "class,provider,pattern,active_b_min,active_b_max,total_b_min,total_b_max,evidence_tier,"
                        + "valid_from,valid_to,source,licence",
                row -> set.add(new SetRow.ModelClass(
                        row.text("class"),
                        row.text("provider"),
                        row.text("pattern"),
                        new ModelParameters(
                                row.range("active_b_min", "active_b_max"),
                                row.range("total_b_min", "total_b_max"),
                                0,
                                0),
                        row.whole("evidence_tier"),
                        row.validity(),
                        row.citation())));
        tables.each(
                "regions.csv",
                "region,cloud,zone,country,source,licence",
                row -> set.add(new SetRow.Region(
                        row.text("region"), row.text("cloud"), row.text("zone"), row.text("country"), row.citation())));
        tables.each(
                "grid.csv",
                "zone,start,resolution,gco2e_per_kwh,source,licence",
                row -> set.add(new SetRow.Grid(
                        row.text("zone"),
                        row.moment("start"),
                        row.resolution("resolution"),
                        row.number("gco2e_per_kwh"),
                        row.citation())));
        tables.each(
                "water.csv",
                "zone,offsite_wue_l_per_kwh,source,licence",
                row -> set.add(
                        new SetRow.Water(row.text("zone"), row.number("offsite_wue_l_per_kwh"), row.citation())));
        if (tables.problems().isEmpty()) {
            // Only now: a row that was refused above would make its aliases look wrong too.
            aliases.forEach((line, alias) -> {
                if (!set.lists(alias.targetProvider(), alias.targetModel())) {
                    tables.problem(
                            "aliases.csv",
                            line,
                            "target_model must be listed, was " + alias.targetProvider() + "/" + alias.targetModel());
                }
            });
        }
        if (!tables.problems().isEmpty()) {
            throw new FactorSetException(tables.problems());
        }
        try {
            return set.build();
        } catch (IllegalArgumentException e) {
            throw new FactorSetException(List.of(String.valueOf(e.getMessage())));
        }
    }
}
