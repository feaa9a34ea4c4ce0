package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.factors.FactorSetFiles;
import io.ecomind.factors.GridFile;
import io.ecomind.factors.GridImport;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.store.FactorSets;
import io.ecomind.store.OrganisationFactorsReader;
import io.ecomind.store.OrganisationOverrides;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Factor sets, overrides and contracts in a real PostgreSQL: what is refused, who may what, what is sent when. */
@Tag("integration")
class FactorsSchemaTest {
    private static final OrganisationOverrides.PerCallFigures PER_CALL = new OrganisationOverrides.PerCallFigures(
            new BigDecimal("0.0012"), new BigDecimal("1.2"), new BigDecimal("0.5"), new BigDecimal("0.3"));

    private final TestDatabase database = TestDatabase.get();

    @Test
    void a_set_without_its_parts_is_refused() {
        assertThatThrownBy(() -> run(
                        "ecomind_worker",
                        "INSERT INTO factor_sets"
                                + " (id, reason, sha256, active_from, methodology, parts)"
                                + " VALUES ('headless', 'r', 'h', now() + INTERVAL '90 seconds', 'ecomind-1', 2)"))
                .hasMessageContaining("factor set headless must come with its 2 parts");
    }

    @Test
    void a_set_gets_no_part_after_it_is_whole() {
        assertThatThrownBy(() -> run(
                        "ecomind_worker",
                        "INSERT INTO factor_set_parts SELECT id, parts, 'grid.csv', 'x' FROM factor_sets"
                                + " WHERE id = 'ecomind-2026.1'"))
                .hasMessageContaining("factor set ecomind-2026.1 is immutable");
    }

    @Test
    void an_imported_grid_is_stored_whole_and_sent_with_its_head_last() throws Exception {
        GridImport done = laid("testkit-import", "DEU,2026-08,month,99.5,me\nFRA,2026-08-01T00:00:00Z,hour,30,me\n");
        Instant before = Instant.now();
        Instant active = FactorSets.add(database.as("ecomind_worker"), done.files(), done.set(), Duration.ofHours(1));
        assertThat(active).isAfter(before.plusSeconds(3_500));
        try (Connection connection = database.as("ecomind_worker").getConnection()) {
            FactorSets.Stored stored = FactorSets.list(connection).stream()
                    .filter(set -> set.id().equals("testkit-import"))
                    .findFirst()
                    .orElseThrow();
            assertThat(stored.replaces()).isEqualTo(FactorSetFiles.SHIPPED);
            assertThat(stored.activeFrom()).isEqualTo(active);
            assertThat(FactorSets.load(connection, stored).sha256())
                    .isEqualTo(done.files().sha256());
            FactorSets.Rows shipped = FactorSets.rows(connection, FactorSetFiles.SHIPPED);
            assertThat(FactorSets.rows(connection, "testkit-import"))
                    .isEqualTo(new FactorSets.Rows(shipped.models(), shipped.gridYears(), 1, 1));
        }
        assertThat(column("SELECT entity_key FROM reference_outbox WHERE entity_key LIKE 'set/testkit-import%'"
                        + " ORDER BY version DESC LIMIT 1"))
                .containsExactly("set/testkit-import");
        assertThat(column("SELECT count(*) FROM reference_outbox WHERE entity_key LIKE 'set/testkit-import/%'"))
                .containsExactly("" + done.files().parts().size());
        assertThatThrownBy(() ->
                        FactorSets.add(database.as("ecomind_worker"), done.files(), done.set(), Duration.ofSeconds(90)))
                .hasMessageContaining("factor_sets_pkey");
        // A set never comes before one that is announced already: that one would take over from it.
        GridImport next = laid("testkit-next", "DEU,2026-08,month,98,me\n");
        assertThat(FactorSets.add(database.as("ecomind_worker"), next.files(), next.set(), Duration.ofMinutes(1)))
                .isEqualTo(active.plusSeconds(1));
        GridImport soon = laid("testkit-soon", "DEU,2026-08,month,97,me\n");
        assertThatThrownBy(() -> FactorSets.insert(
                        database.as("ecomind_worker").getConnection(),
                        soon.files(),
                        soon.set(),
                        Instant.now().plusSeconds(59)))
                .hasMessageContaining("at least 60 s ahead");
    }

    @Test
    void what_is_published_too_late_is_moved_on_once_in_entry_and_table() throws Exception {
        database.addOrganisation("stamp-org", "free", "UTC");
        var own = new OrganisationOverrides(database.as("ecomind_api"), "stamp-org");
        own.add(override("late"));
        own.add(contract("late"));
        own.add(override("early"));
        own.add(override("retired-at-once"));
        own.retireOverride("retired-at-once");
        GridImport done = laid("testkit-stamped", "DEU,2026-08,month,99.5,me\n");
        FactorSets.add(database.as("ecomind_worker"), done.files(), done.set(), Duration.ofMinutes(1));

        // As if the publisher had been away: 80 of the 90 seconds are gone.
        run(
                "ecomind_migrator",
                "ALTER TABLE factors_overrides DISABLE TRIGGER USER",
                "ALTER TABLE power_contracts DISABLE TRIGGER USER",
                "UPDATE factors_overrides SET active_from = active_from - INTERVAL '80 s',"
                        + " retired_at = retired_at - INTERVAL '80 s' WHERE org_id = 'stamp-org' AND id <> 'early'",
                "UPDATE power_contracts SET active_from = active_from - INTERVAL '80 s' WHERE org_id = 'stamp-org'",
                "ALTER TABLE factors_overrides ENABLE TRIGGER USER",
                "ALTER TABLE power_contracts ENABLE TRIGGER USER",
                "UPDATE factor_sets SET active_from = now() + INTERVAL '10 s' WHERE id = 'testkit-stamped'",
                shift("factorOverride", "activeFromMicros"),
                shift("factorOverride", "retiredMicros"),
                shift("powerContract", "activeFromMicros"),
                "UPDATE reference_outbox SET entry = jsonb_set(entry, '{factorSet,activeFromMicros}',"
                        + " to_jsonb(epoch_micros(now() + INTERVAL '10 s'))) WHERE entity_key = 'set/testkit-stamped'");
        String early = entry("override/stamp-org/early");

        Instant begin = Instant.now();
        assertThat(Integer.parseInt(
                        columnAs("ecomind_worker", "SELECT stamp_unpublished()").get(0)))
                .isGreaterThanOrEqualTo(5);
        Instant moved = Instant.parse(
                column("SELECT to_char(active_from AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                                + " FROM factors_overrides WHERE org_id = 'stamp-org' AND id = 'late'")
                        .get(0));
        assertThat(moved).isBetween(begin.plusSeconds(59), Instant.now().plusSeconds(61));
        String micros = "" + ChronoUnit.MICROS.between(Instant.EPOCH, moved);
        assertThat(entry("override/stamp-org/late")).contains("\"activeFromMicros\": \"" + micros + "\"");
        assertThat(entry("contract/stamp-org/late")).contains("\"activeFromMicros\": \"" + micros + "\"");
        assertThat(entry("set/testkit-stamped")).contains("\"activeFromMicros\": \"" + micros + "\"");
        assertThat(column("SELECT active_from = (SELECT active_from FROM factors_overrides WHERE id = 'late'"
                        + " AND org_id = 'stamp-org') FROM factor_sets WHERE id = 'testkit-stamped'"))
                .containsExactly("t");
        assertThat(entry("override/stamp-org/retired-at-once"))
                .contains("\"activeFromMicros\": \"" + micros + "\"", "\"retiredMicros\": \"" + micros + "\"");
        assertThat(column("SELECT active_from = retired_at FROM factors_overrides WHERE org_id = 'stamp-org'"
                        + " AND id = 'retired-at-once'"))
                .containsExactly("t");
        assertThat(entry("override/stamp-org/early")).isEqualTo(early);
        assertThat(entry("set/" + FactorSetFiles.SHIPPED)).contains("\"activeFromMicros\": \"0\"");
        assertThat(columnAs("ecomind_worker", "SELECT stamp_unpublished()")).containsExactly("0");
        assertThat(column("SELECT count(*) FROM reference_outbox WHERE entity_key = 'override/stamp-org/late'"))
                .containsExactly("1");
        // A later retirement leaves the beginning alone, though it is near.
        own.retireOverride("late");
        columnAs("ecomind_worker", "SELECT stamp_unpublished()");
        assertThat(entry("override/stamp-org/late")).contains("\"activeFromMicros\": \"" + micros + "\"");
    }

    private static String shift(String kind, String field) {
        return "UPDATE reference_outbox SET entry = jsonb_set(entry, '{" + kind + "," + field
                + "}', to_jsonb(((entry -> '"
                + kind + "' ->> '" + field + "')::bigint - 80000000)::text)) WHERE entry -> '" + kind + "' ? '" + field
                + "' AND entry -> '" + kind + "' ->> 'orgId' = 'stamp-org' AND entity_key NOT LIKE '%/early'";
    }

    @Test
    void a_row_that_cannot_be_true_is_left_out_of_an_organisation_s_factors() throws Exception {
        database.addOrganisation("own-x", "free", "UTC");
        var own = new OrganisationOverrides(database.as("ecomind_api"), "own-x");
        own.add(contract("possible"));
        try (Connection owner = database.owner().getConnection();
                Statement statement = owner.createStatement()) {
            owner.setAutoCommit(false);
            assertThat(OrganisationFactorsReader.read(owner, "own-x"))
                    .usingRecursiveComparison()
                    .isNotEqualTo(OrganisationFactors.NONE);
            OrganisationFactors before = OrganisationFactorsReader.read(owner, "own-x");
            // The table refuses such a row, so its checks are dropped in a transaction that is rolled back.
            statement.execute("""
                    DO $$
                    DECLARE c text;
                    BEGIN
                        FOR c IN SELECT conname FROM pg_constraint
                                 WHERE conrelid = 'power_contracts'::regclass AND contype = 'c' LOOP
                            EXECUTE format('ALTER TABLE power_contracts DROP CONSTRAINT %I', c);
                        END LOOP;
                    END $$""");
            statement.execute("INSERT INTO power_contracts (org_id, id, provider, zone, source, kg_per_kwh)"
                    + " VALUES ('own-x', 'impossible', '', '', 's', -1)");

            assertThat(OrganisationFactorsReader.read(owner, "own-x"))
                    .usingRecursiveComparison()
                    .isEqualTo(before);
            owner.rollback();
        }
    }

    @Test
    void an_override_is_never_changed_but_retired() throws Exception {
        database.addOrganisation("own-a", "free", "UTC");
        database.addOrganisation("own-b", "free", "UTC");
        var own = new OrganisationOverrides(database.as("ecomind_api"), "own-a");
        var other = new OrganisationOverrides(database.as("ecomind_api"), "own-b");
        Instant active = own.add(override("mine"));
        assertThat(active)
                .isBetween(Instant.now().plusSeconds(60), Instant.now().plusSeconds(91));
        assertThat(own.overrides()).singleElement().satisfies(stored -> {
            assertThat(stored.row()).isEqualTo(override("mine"));
            assertThat(stored.activeFrom()).isEqualTo(active);
            assertThat(stored.retiredAt()).isNull();
        });
        assertThat(other.overrides()).isEmpty();
        assertThatThrownBy(() -> other.retireOverride("mine")).hasMessage("organisation own-b has no override mine");
        assertThatThrownBy(() -> own.add(override("mine"))).hasMessageContaining("an id is never used again");
        assertThatThrownBy(() -> new OrganisationOverrides(database.as("ecomind_api"), "nobody").overrides())
                .hasMessage("there is no organisation nobody");

        assertThatThrownBy(() -> runFor("own-a", "UPDATE factors_overrides SET kwh_per_call = 1"))
                .hasMessageContaining("permission denied");
        assertThatThrownBy(() -> runFor("own-a", "DELETE FROM factors_overrides"))
                .hasMessageContaining("permission denied");
        assertThatThrownBy(
                        () -> runFor("own-a", "UPDATE factors_overrides SET retired_at = active_from - INTERVAL '1 s'"))
                .isInstanceOf(SQLException.class);
        runFor("own-b", "UPDATE factors_overrides SET retired_at = now() + INTERVAL '1 day'");
        assertThatThrownBy(() -> run("ecomind_migrator", "UPDATE factors_overrides SET model = 'x' WHERE id = 'mine'"))
                .hasMessageContaining("is immutable: retire it and add another");
        assertThatThrownBy(() -> runFor(
                        "own-b",
                        "INSERT INTO factors_overrides (org_id, id, provider, model, kwh_per_call, pue, water_l_per_kwh,"
                                + " co2_kg_per_kwh, source) VALUES ('own-a', 'theirs', 'p', 'm', 1, 1, 1, 1, 's')"))
                .hasMessageContaining("row-level security");
        assertThatThrownBy(() -> runFor(
                        "own-a",
                        "INSERT INTO factors_overrides (org_id, id, provider, model, kwh_per_call, pue, water_l_per_kwh,"
                                + " co2_kg_per_kwh, source, active_from) VALUES ('own-a', 'soon', 'p', 'm', 1, 1, 1, 1,"
                                + " 's', now() + INTERVAL '59 s')"))
                .hasMessageContaining("at least 60 s ahead");

        Instant retired = own.retireOverride("mine");
        assertThat(retired).isAfterOrEqualTo(active);
        assertThat(own.overrides().get(0).retiredAt()).isEqualTo(retired);
        assertThatThrownBy(() -> own.retireOverride("mine"))
                .hasMessageContaining("is retired already, from " + retired);
        assertThatThrownBy(() -> runFor("own-a", "UPDATE factors_overrides SET retired_at = NULL"))
                .hasMessageContaining("can only be moved on");
        assertThat(entry("override/own-a/mine")).contains("\"retiredMicros\"");
    }

    @Test
    void parameters_and_contracts_come_back_as_they_were_stored() throws Exception {
        database.addOrganisation("own-c", "free", "UTC");
        database.addOrganisation("own-d", "free", "UTC");
        var own = new OrganisationOverrides(database.as("ecomind_api"), "own-c");
        var sized = new OrganisationOverrides.OverrideRow(
                "sized",
                "vllm",
                "*",
                null,
                new OrganisationOverrides.Parameters(
                        new BigDecimal("22"),
                        new BigDecimal("22"),
                        new BigDecimal("235"),
                        new BigDecimal("235"),
                        new BigDecimal("80.5"),
                        null),
                LocalDate.of(2026, 1, 1),
                null,
                "our own servers");
        own.add(sized);
        assertThat(own.overrides())
                .extracting(OrganisationOverrides.StoredRow::row)
                .containsExactly(sized);
        assertThat(entry("override/own-c/sized")).contains("\"tps\": \"80.5\"").doesNotContain("ttftS", "perCall");
        own.add(contract("wind"));
        assertThat(own.contracts())
                .extracting(OrganisationOverrides.StoredRow::row)
                .containsExactly(contract("wind"));
        var other = new OrganisationOverrides(database.as("ecomind_api"), "own-d");
        assertThat(other.contracts()).isEmpty();
        assertThatThrownBy(() -> other.retireContract("wind")).hasMessage("organisation own-d has no contract wind");
        assertThatThrownBy(() -> runFor("own-c", "UPDATE power_contracts SET kg_per_kwh = 1"))
                .hasMessageContaining("permission denied");
        assertThatThrownBy(() -> runFor("own-c", "DELETE FROM power_contracts"))
                .hasMessageContaining("permission denied");
        assertThatThrownBy(() -> run("ecomind_migrator", "UPDATE power_contracts SET source = 'x' WHERE id = 'wind'"))
                .hasMessageContaining("is immutable");
        own.retireContract("wind");
        assertThat(own.contracts().get(0).retiredAt()).isNotNull();
    }

    @Test
    void values_that_cannot_be_are_refused_before_the_database_says_so() {
        var zero = BigDecimal.ZERO;
        assertThatThrownBy(() -> new OrganisationOverrides.OverrideRow(
                        "o",
                        "p",
                        "m",
                        new OrganisationOverrides.PerCallFigures(zero, BigDecimal.ONE, zero, BigDecimal.ONE),
                        null,
                        null,
                        null,
                        "s"))
                .hasMessage("kwh_per_call must be above 0 and at most 1000, was 0");
        assertThatThrownBy(() ->
                        new OrganisationOverrides.ContractRow("c", "", "", new BigDecimal("10.5"), null, null, "s"))
                .hasMessage("kg_per_kwh must be 0 to 10, was 10.5");
        assertThatThrownBy(() -> new OrganisationOverrides.ContractRow("c d", "", "", zero, null, null, "s"))
                .hasMessageContaining("id must be 1 to 64");
        assertThatThrownBy(() -> new OrganisationOverrides.ContractRow("c", "", "", zero, null, null, " "))
                .hasMessageContaining("source must have 1 to 1000 characters");
    }

    @Test
    void only_the_worker_adds_sets_and_nobody_changes_them() {
        for (String role : List.of("ecomind_pipeline", "ecomind_api", "ecomind_gateway", "ecomind_dispatcher")) {
            for (String table : List.of("factor_sets", "factor_set_parts", "grid_intensity_hourly")) {
                assertThatThrownBy(() -> run(role, "INSERT INTO " + table + " DEFAULT VALUES"))
                        .hasMessageContaining("permission denied");
            }
        }
        for (String change : List.of(
                "UPDATE factor_sets SET reason = 'x'",
                "DELETE FROM factor_sets",
                "UPDATE factor_set_parts SET text = 'x'",
                "DELETE FROM factor_set_parts",
                "UPDATE grid_intensity SET gco2_per_kwh = 1")) {
            assertThatThrownBy(() -> run("ecomind_worker", change)).hasMessageContaining("permission denied");
        }
        assertThatThrownBy(() -> run("ecomind_pipeline", "SELECT stamp_unpublished()"))
                .hasMessageContaining("permission denied");
    }

    private static GridImport laid(String id, String rows) throws Exception {
        FactorSetFiles base = FactorSetFiles.shipped();
        byte[] text = ("zone,start,resolution,gco2e_per_kwh,source\n" + rows).getBytes(StandardCharsets.UTF_8);
        return GridImport.of(base, GridFile.read("grid.csv", text, base, read -> {}), id, null);
    }

    private static OrganisationOverrides.OverrideRow override(String id) {
        return new OrganisationOverrides.OverrideRow(
                id, "openai", "gpt-4o", PER_CALL, null, null, null, "measured by us");
    }

    private static OrganisationOverrides.ContractRow contract(String id) {
        return new OrganisationOverrides.ContractRow(
                id, "", "DEU", new BigDecimal("0.011"), null, null, "guarantees of origin");
    }

    private String entry(String key) throws SQLException {
        return column("SELECT entry FROM reference_outbox WHERE entity_key = '" + key
                        + "' ORDER BY version DESC LIMIT 1")
                .get(0);
    }

    private void runFor(String org, String statement) throws SQLException {
        run("ecomind_api", "SELECT set_config('app.org_id', '" + org + "', true)", statement);
    }

    private void run(String role, String... statements) throws SQLException {
        var source = role.equals("ecomind_migrator") ? database.owner() : database.as(role);
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
            connection.commit();
        }
    }

    private List<String> column(String query) throws SQLException {
        return columnAs("ecomind_migrator", query);
    }

    private List<String> columnAs(String role, String query) throws SQLException {
        return QueriedColumn.of(role.equals("ecomind_migrator") ? database.owner() : database.as(role), query);
    }
}
