package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.ecomind.footprint.SetRow;
import io.ecomind.footprint.SetRow.Resolution;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Grid files are refused whole with every reason, or lie over the base set row by row. */
class GridImportTest {
    private static final String HEADER = "zone,start,resolution,gco2e_per_kwh,source\n";
    private static final FactorSetFiles BASE = FactorSetFiles.shipped();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DEU,2026-08-01T13:00:00Z,hour,much,me | gco2e_per_kwh must be a plain decimal number, was 'much'",
                "DEU,2026-08-01T13:00:00Z,hour,1e2,me | gco2e_per_kwh must be a plain decimal number, was '1e2'",
                "DEU,2026-08-01T13:00:00Z,hour,,me | gco2e_per_kwh must be a plain decimal number, was ''",
                "DEU,2026-08-01T13:00:00Z,hour,0,me | gco2e_per_kwh must be above 0 and at most 10000, was 0",
                "DEU,2026-08-01T13:00:00Z,hour,-12.5,me | gco2e_per_kwh must be above 0 and at most 10000, was -12.5",
                "DEU,2026-08-01T13:00:00Z,hour,10000.1,me | must be above 0 and at most 10000, was 10000.1",
                "DEU,2026-08-01T13:30:00Z,hour,300,me | start must be the beginning of its hour in UTC",
                "DEU,2026-08-01T13:00:00+02:00,hour,300,me | start must be the beginning of its hour in UTC",
                "DEU,2026-08-01,hour,300,me | start must be the beginning of its hour in UTC",
                "DEU,2026-08-01T24:00:00Z,hour,300,me | start must be",
                "DEU,2026-02-30T01:00:00Z,hour,300,me | start must be a date that exists, was '2026-02-30T01:00:00Z'",
                "DEU,2026-08-02,month,300,me | start must be the beginning of its month, such as 2026-08-01 or 2026-08",
                "DEU,2026-13,month,300,me | start must be a date that exists, was '2026-13'",
                "DEU,2026-02-01,year,300,me | start must be the beginning of its year",
                "DEU,2026-08-01T13:00:00Z,day,300,me | resolution must be hour, month or year, was 'day'",
                "DEU,2026-08-01T13:00:00Z,hour,300, | source must not be empty",
                "DEU,2026-08-01T13:00:00Z,hour,300 | a row must have 5 fields, has 4",
                "DEU,2026-08-01T13:00:00Z,hour,300,me,MIT | a row must have 5 fields, has 6",
                "XYZZY,2026-08-01T13:00:00Z,hour,300,me | zone must be a region, a zone or a country (three letters)",
                ",2026-08-01T13:00:00Z,hour,300,me | zone must be a region, a zone or a country (three letters)",
                "DE,2026-08-01T13:00:00Z,hour,300,me | was 'DE'; near: DEU",
                "us-east1a,2026-08-01T13:00:00Z,hour,300,me | was 'us-east1a'; near: us-east1",
                "FRB,2026-08-01T13:00:00Z,hour,300,me | was 'FRB'; near: BRB, FRA, FRO"
            })
    void a_bad_row_is_refused_with_file_line_field_value_and_limit(String row, String problem) {
        assertThat(problems(HEADER + "FRA,2026-08-01T13:00:00Z,hour,30,me\n" + row.strip() + "\n"))
                .singleElement(Assertions.as(Assertions.STRING))
                .startsWith("grid.csv:3: ")
                .contains(problem);
    }

    @Test
    void a_row_that_comes_twice_names_the_line_of_the_first() {
        assertThat(problems(HEADER + "DEU,2026-08-01,month,300,me\ndeu,2026-08,month,301,you\n"))
                .containsExactly(
                        "grid.csv:3: zone, start and resolution are there already, in line 2: DEU, 2026-08, month");
    }

    @Test
    void a_file_of_another_form_is_refused() {
        String row = "DEU,2026-08-01,month,300,me\n";
        assertThat(problems("\uFEFF" + HEADER + row))
                .containsExactly("grid.csv:1: the file must not begin with a byte order mark");
        assertThat(problems(HEADER + row.replace("\n", "\r\n")))
                .containsExactly("grid.csv:2: lines must end with LF alone, not with CR LF");
        assertThat(problems("zone,start,value\n" + row))
                .singleElement(Assertions.as(Assertions.STRING))
                .contains("the header must be zone,start,resolution,gco2e_per_kwh,source", "was 'zone,start,value'");
        assertThat(problems("")).singleElement(Assertions.as(Assertions.STRING)).contains("the header must be");
        assertThat(problems(HEADER))
                .containsExactly("grid.csv:1: the file must have at least one row beside its header");
        assertThat(problems(HEADER + "\n" + row)).containsExactly("grid.csv:2: a row must have 5 fields, has 1");
        assertThat(problems(HEADER + "DEU,2026-08-01,month,300,\"me\n"))
                .singleElement(Assertions.as(Assertions.STRING))
                .startsWith("grid.csv:2: no RFC 4180 CSV");
        byte[] latin1 = (HEADER + "DEU,2026-08-01,month,300,B\u00fcro\n").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(catchThrowableOfType(
                                FactorSetException.class, () -> GridFile.read("grid.csv", latin1, BASE, rows -> {}))
                        .problems())
                .singleElement(Assertions.as(Assertions.STRING))
                .contains("the file must be UTF-8");
    }

    @Test
    void all_problems_are_listed_up_to_a_hundred() {
        assertThat(problems(HEADER + "DEU,2026-08-02,month,300,me\nDEU,2026-08,month,0,me\n"))
                .hasSize(2);
        List<String> many = problems(HEADER + "DEU,2026-08,month,0,me\n".repeat(150));
        assertThat(many).hasSize(101).last().isEqualTo("and more");
    }

    @Test
    void more_rows_than_the_limit_are_refused() {
        byte[] three = (HEADER + "DEU,2026-08,month,9,me\nFRA,2026-08,month,9,me\nPOL,2026-08,month,9,me\n")
                .getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> GridFile.read("grid.csv", three, BASE, 2, rows -> {}))
                .hasMessage("grid.csv:4: the file must have at most 2 rows");
        assertThat(GridFile.MAX_ROWS).isEqualTo(2_000_000);
    }

    @Test
    void a_row_replaces_the_one_of_the_same_zone_start_and_resolution_and_leaves_all_others() throws Exception {
        SetRow.Grid old = BASE.parse().gridRows().stream()
                .filter(row -> row.zone().equals("DEU"))
                .findFirst()
                .orElseThrow();
        String year = old.start().toString().substring(0, 4);
        GridImport done = laid(HEADER + "deu," + year + ",year,123.4,\"Me, myself\"\nDEU,2026-08,month,99.5,me\n");

        assertThat(done.replaced()).isEqualTo(1);
        assertThat(done.unchanged()).isZero();
        assertThat(done.added()).isEqualTo(1);
        List<SetRow.Grid> before = BASE.parse().gridRows();
        assertThat(done.set().gridRows()).hasSize(before.size() + 1);
        assertThat(done.set().gridRows().stream().filter(row -> !before.contains(row)))
                .extracting(SetRow.Grid::zone, SetRow.Grid::resolution, SetRow.Grid::gramsPerKwh)
                .containsExactlyInAnyOrder(
                        Assertions.tuple("DEU", Resolution.YEAR, 123.4),
                        Assertions.tuple("DEU", Resolution.MONTH, 99.5));
        assertThat(done.files().text("grid.csv"))
                .contains("\nDEU," + year + "-01-01,year,123.4,\"Me, myself\",not stated\n")
                .endsWith("\nDEU,2026-08-01,month,99.5,me,not stated\n");
        for (String file : FactorSetFiles.NAMES) {
            if (!List.of("set.csv", "grid.csv").contains(file)) {
                assertThat(done.files().text(file)).isEqualTo(BASE.text(file));
            }
        }
    }

    @Test
    void the_new_set_says_what_it_replaces_and_why() throws Exception {
        String text = "zone,start,resolution,gco2e_per_kwh,source,licence\nDEU,2026-08,month,99.5,me,CC BY 4.0\n"
                + "FRA,2026-08-01T00:00:00Z,hour,30,me,MIT\n";
        GridFile file = GridFile.read("grid.csv", text.getBytes(StandardCharsets.UTF_8), BASE, rows -> {});
        GridImport done = GridImport.of(BASE, file, null, null);
        assertThat(done.set().id())
                .isEqualTo("ecomind-2026.1-grid-" + file.sha256().substring(0, 8));
        assertThat(done.set().replaces()).isEqualTo("ecomind-2026.1");
        assertThat(done.set().reason()).isEqualTo("Grid intensity from grid.csv: 1 hour, 1 month of 2 zones.");
        assertThat(done.set().gridRows().stream().map(row -> row.citation().licence()))
                .contains("CC BY 4.0", "MIT");
        assertThat(GridImport.of(BASE, file, null, null).files().sha256())
                .isEqualTo(done.files().sha256());

        GridImport named = GridImport.of(BASE, file, "ours-1", "New figures.");
        assertThat(named.set().id()).isEqualTo("ours-1");
        assertThat(named.set().reason()).isEqualTo("New figures.");
        assertThatThrownBy(() -> GridImport.of(BASE, file, "Ours 1", null)).hasMessageContaining("id must be 1 to 64");
        assertThatThrownBy(() -> GridImport.of(BASE, file, "ecomind-2026.1", null))
                .hasMessageContaining("id must not be the one of the base set");
    }

    @Test
    void an_id_has_one_mark_of_an_import_and_fits() {
        assertThat(GridImport.defaultId("ecomind-2026.1-grid-0123abcd", "fedcba9876543210"))
                .isEqualTo("ecomind-2026.1-grid-fedcba98");
        assertThat(GridImport.defaultId("a".repeat(49) + ".bcdefghijklmn", "fedcba9876543210"))
                .hasSize(63)
                .endsWith("a-grid-fedcba98");
    }

    @Test
    void the_same_file_over_its_own_result_changes_nothing() throws Exception {
        String text = HEADER + "DEU,2026-08,month,99.5,me\n";
        GridImport first = laid(text);
        GridFile file = GridFile.read("grid.csv", text.getBytes(StandardCharsets.UTF_8), first.files(), rows -> {});
        assertThat(GridImport.defaultId(first.set().id(), file.sha256()))
                .isEqualTo(first.set().id());
        GridImport second = GridImport.of(first.files(), file, "another", null);
        assertThat(second.replaced()).isEqualTo(1);
        assertThat(second.unchanged()).isEqualTo(1);
        assertThat(second.added()).isZero();
        assertThat(second.files().text("grid.csv")).isEqualTo(first.files().text("grid.csv"));
    }

    @Test
    void gaps_inside_the_covered_range_are_counted() throws Exception {
        GridImport done = laid(HEADER
                + "DEU,2026-08-01T00:00:00Z,hour,300,me\n"
                + "DEU,2026-08-01T05:00:00Z,hour,300,me\n"
                + "DEU,2026-08-01T03:00:00Z,hour,300,me\n"
                + "DEU,2025-11,month,300,me\n"
                + "DEU,2026-02,month,300,me\n"
                + "FRA,2020,year,30,me\n"
                + "FRA,2021,year,30,me\n");
        assertThat(done.summaries())
                .containsExactly(
                        new GridImport.GridImportSummary(
                                "DEU",
                                Resolution.HOUR,
                                3,
                                Instant.parse("2026-08-01T00:00:00Z"),
                                Instant.parse("2026-08-01T05:00:00Z"),
                                3,
                                Instant.parse("2026-08-01T01:00:00Z")),
                        new GridImport.GridImportSummary(
                                "DEU",
                                Resolution.MONTH,
                                2,
                                Instant.parse("2025-11-01T00:00:00Z"),
                                Instant.parse("2026-02-01T00:00:00Z"),
                                2,
                                Instant.parse("2025-12-01T00:00:00Z")),
                        new GridImport.GridImportSummary(
                                "FRA",
                                Resolution.YEAR,
                                2,
                                Instant.parse("2020-01-01T00:00:00Z"),
                                Instant.parse("2021-01-01T00:00:00Z"),
                                0,
                                null));
    }

    @Test
    void a_reference_call_moves_with_the_grid() throws Exception {
        GridImport done = laid(HEADER + "DEU,2026-08,month,5,me\nUS-TX,2026-08,month,9000,me\n");
        assertThat(done.effects()).extracting(GridImport.Effect::zone).containsExactly("DEU", "US-TX");
        // Only the operational share follows the grid, so the carbon of the making of the hardware stays.
        assertThat(done.effects().get(0).percent()).isBetween(-99.0, -20.0);
        assertThat(done.effects().get(1).percent()).isGreaterThan(500);
        assertThat(laid(HEADER + "DEU,1999-01,month,5,me\n").effects().get(0).percent())
                .isCloseTo(done.effects().get(0).percent(), within(2.0));
    }

    @Test
    void a_year_of_hours_of_ten_zones_is_read_whole() throws Exception {
        byte[] year = yearOfTenZones().getBytes(StandardCharsets.UTF_8);
        GridFile file = GridFile.read("year.csv", year, BASE, rows -> {});
        GridImport done = GridImport.of(BASE, file, null, null);
        assertThat(done.added()).isEqualTo(87_600);
        assertThat(done.summaries()).hasSize(10).allMatch(summary -> summary.missing() == 0 && summary.rows() == 8_760);
        assertThat(done.effects()).hasSize(10);
        assertThat(FactorSetFiles.join(
                                parts(done.files()),
                                done.files().parts().size(),
                                done.files().sha256())
                        .sha256())
                .isEqualTo(done.files().sha256());
    }

    static String yearOfTenZones() {
        var text = new StringBuilder(HEADER);
        for (String zone : List.of("DEU", "FRA", "GBR", "USA", "US-TX", "US-CA", "us-east1", "SWE", "POL", "JPN")) {
            Instant start = Instant.parse("2025-01-01T00:00:00Z");
            for (int i = 0; i < 8_760; i++) {
                text.append(zone)
                        .append(',')
                        .append(start.plus(Duration.ofHours(i)))
                        .append(",hour,")
                        .append(100 + i % 400)
                        .append('.')
                        .append(i % 10)
                        .append(",\"Grid operator, hourly\"\n");
            }
        }
        return text.toString();
    }

    private static SortedMap<Integer, FactorSetFiles.Part> parts(FactorSetFiles files) {
        var parts = new TreeMap<Integer, FactorSetFiles.Part>();
        files.parts().forEach(part -> parts.put(part.number(), part));
        return parts;
    }

    private static GridImport laid(String text) throws FactorSetException {
        return GridImport.of(
                BASE, GridFile.read("grid.csv", text.getBytes(StandardCharsets.UTF_8), BASE, rows -> {}), null, null);
    }

    private static List<String> problems(String text) {
        return catchThrowableOfType(
                        FactorSetException.class,
                        () -> GridFile.read("grid.csv", text.getBytes(StandardCharsets.UTF_8), BASE, rows -> {}))
                .problems();
    }
}
