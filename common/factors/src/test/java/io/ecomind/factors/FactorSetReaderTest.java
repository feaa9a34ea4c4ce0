package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be true is refused, and the refusal says where, what and why. */
class FactorSetReaderTest {
    private static final FactorSetFiles SHIPPED = FactorSetFiles.shipped();

    private static final String MODEL = "acme,rocket,parametric,8,8,8,8,50,0.5,2,2026-01-01,2026-02-01,a source,MIT";
    private static final String SITE = "acme,USA,1.1,1.2,0.1,0.2,3,2026-01-01,2026-02-01,a source,MIT";
    private static final String FLAT =
            "acme,rocket,per_call,0.001,0.002,0.003,1.2,3,0.4,2,2026-01-01,2026-02-01,a source,MIT";
    private static final String CLASS = "rockets,*,rocket,8,8,8,8,4,2026-01-01,2026-02-01,a source,MIT";
    private static final String ALIAS = "*,rakete,openai,gpt-4o,a source,MIT";
    private static final String PROVIDER_ALIAS = "akme,acme,a source,MIT";
    private static final String PREFIX = "akme/,acme,a source,MIT";
    private static final String REGION = "moon-1,moon,USA,USA,a source,MIT";
    private static final String GRID = "USA,2019-01-01,year,400,a source,MIT";
    private static final String WATER = "XXM,2,a source,MIT";

    private static final Map<String, String> ROWS = Map.of(
            "models.csv", MODEL,
            "providers.csv", SITE,
            "per_call.csv", FLAT,
            "classes.csv", CLASS,
            "aliases.csv", ALIAS,
            "provider_aliases.csv", PROVIDER_ALIAS,
            "prefixes.csv", PREFIX,
            "regions.csv", REGION,
            "grid.csv", GRID,
            "water.csv", WATER);

    @Test
    void theRowsOfThisTestAreTakenAsTheyAre() {
        FactorSetFiles files = SHIPPED;
        for (Map.Entry<String, String> row : new TreeMap<>(ROWS).entrySet()) {
            // models.csv and per_call.csv must not name the same model.
            files = append(files, row.getKey(), row.getValue().replace("rocket,per_call", "flat,per_call"));
        }
        assertThat(problems(files)).isEmpty();
    }

    /** One field of one row is changed; the refusal names file, line, field, value and limit. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "models.csv    | tps           | 0            | tps must be above 0 (or empty when unknown), was 0",
                "models.csv    | tps           | 0.0          | tps must be above 0 (or empty when unknown), was 0.0",
                "models.csv    | tps           | -5           | tps must be above 0 (or empty when unknown), was -5",
                "models.csv    | tps           | 100001       | tps must be 0 to 100000, was 100001",
                "models.csv    | ttft_s        | 12008        | ttft_s must be 0 to 120, was 12008",
                "models.csv    | ttft_s        | -1           | ttft_s must be 0 to 120, was -1",
                "models.csv    | active_b_min  | 9            | active_b_min must not be above active_b_max, was 9 and 8",
                "models.csv    | total_b_min   | 9            | total_b_min must not be above total_b_max, was 9 and 8",
                "models.csv    | active_b_max  | 9            | active_b_max must be 0 to 8, was 9",
                "models.csv    | total_b_min   | 7            | active_b_min must be 0 to 7, was 8",
                "models.csv    | active_b_min  | 0            | active_b_min must be above 0 and at most 100000, was 0",
                "models.csv    | active_b_min  | -8           | active_b_min must be above 0 and at most 100000, was -8",
                "models.csv    | total_b_max   | 100001       | total_b_max must be above 0 and at most 100000, was 100001",
                "models.csv    | total_b_max   | NaN          | total_b_max must be a plain decimal number, was 'NaN'",
                "models.csv    | total_b_max   | Infinity     | total_b_max must be a plain decimal number, was 'Infinity'",
                "models.csv    | total_b_max   | 1e5          | total_b_max must be a plain decimal number, was '1e5'",
                "models.csv    | total_b_max   | 0x10         | total_b_max must be a plain decimal number, was '0x10'",
                "models.csv    | total_b_max   | 8.           | total_b_max must be a plain decimal number, was '8.'",
                "models.csv    | total_b_max   | .8           | total_b_max must be a plain decimal number, was '.8'",
                "models.csv    | total_b_max   | +8           | total_b_max must be a plain decimal number, was '+8'",
                "models.csv    | total_b_max   | 8d           | total_b_max must be a plain decimal number, was '8d'",
                "models.csv    | total_b_max   | \u0668       | total_b_max must be a plain decimal number, was '\u0668'",
                "models.csv    | total_b_max   | eight        | total_b_max must be a plain decimal number, was 'eight'",
                "models.csv    | total_b_max   | ''           | total_b_max must be a plain decimal number, was ''",
                "models.csv    | active_b_min  | ' 8'         | active_b_min must not begin or end with a space, was ' 8'",
                "models.csv    | basis         | guess        | basis must be measured, disclosed, benchmark, parametric or class, was 'guess'",
                "models.csv    | basis         | per_call     | basis must be measured, disclosed, benchmark, parametric or class, was 'per_call'",
                "models.csv    | basis         | ''           | basis must be measured, disclosed, benchmark, parametric or class, was ''",
                "models.csv    | provider      | ''           | provider must not be empty",
                "models.csv    | model         | ''           | model must not be empty",
                "models.csv    | evidence_tier | 0            | evidence_tier must be 1 to 4, was 0",
                "models.csv    | evidence_tier | 5            | evidence_tier must be 1 to 4, was 5",
                "models.csv    | evidence_tier | 2.5          | evidence_tier must be a whole number, was '2.5'",
                "models.csv    | evidence_tier | ''           | evidence_tier must be a whole number, was ''",
                "models.csv    | source        | ''           | source must not be empty",
                "models.csv    | licence       | ''           | licence must not be empty",
                "models.csv    | valid_from    | 2026-02-30   | valid_from must be a date yyyy-MM-dd, was '2026-02-30'",
                "models.csv    | valid_from    | 01.02.2026   | valid_from must be a date yyyy-MM-dd, was '01.02.2026'",
                "models.csv    | valid_from    | +10000-01-01 | valid_from must be a date yyyy-MM-dd, was '+10000-01-01'",
                "models.csv    | valid_to      | 2025-12-31   | valid_to must be after valid_from, was 2025-12-31 and 2026-01-01",
                "models.csv    | valid_to      | 2026-01-01   | valid_to must be after valid_from, was 2026-01-01 and 2026-01-01",
                "providers.csv | pue_min       | 0.9          | pue_min must be 1 to 10, was 0.9",
                "providers.csv | pue_max       | 11           | pue_max must be 1 to 10, was 11",
                "providers.csv | pue_min       | 1.3          | pue_min must not be above pue_max, was 1.3 and 1.2",
                "providers.csv | wue_min       | -0.1         | wue_min must be 0 to 1000, was -0.1",
                "providers.csv | wue_min       | 0.3          | wue_min must not be above wue_max, was 0.3 and 0.2",
                "providers.csv | wue_max       | 1001         | wue_max must be 0 to 1000, was 1001",
                "providers.csv | zone          | ''           | zone must not be empty",
                "providers.csv | evidence_tier | 5            | evidence_tier must be 1 to 4, was 5",
                "providers.csv | source        | ''           | source must not be empty",
                "per_call.csv  | kwh_low       | 0            | kwh_low must be above 0 and at most 1000, was 0",
                "per_call.csv  | kwh_low       | 0.0025       | kwh_mid must be 0.0025 to 1000, was 0.002",
                "per_call.csv  | kwh_mid       | 0.004        | kwh_high must be 0.004 to 1000, was 0.003",
                "per_call.csv  | kwh_high      | 1001         | kwh_high must be 0.002 to 1000, was 1001",
                "per_call.csv  | pue           | 0.99         | pue must be 1 to 10, was 0.99",
                "per_call.csv  | water_l_per_kwh | -1         | water_l_per_kwh must be 0 to 1000, was -1",
                "per_call.csv  | co2_kg_per_kwh | 0           | co2_kg_per_kwh must be above 0 and at most 10, was 0",
                "per_call.csv  | co2_kg_per_kwh | 10.1        | co2_kg_per_kwh must be above 0 and at most 10, was 10.1",
                "per_call.csv  | basis         | parametric   | basis must be per_call or per_unit, was 'parametric'",
                "per_call.csv  | licence       | ''           | licence must not be empty",
                "classes.csv   | pattern       | *            | pattern must not be * for provider *: nothing would be uncovered",
                "classes.csv   | active_b_max  | 9            | active_b_max must be 0 to 8, was 9",
                "classes.csv   | evidence_tier | 0            | evidence_tier must be 1 to 4, was 0",
                "classes.csv   | class         | ''           | class must not be empty",
                "aliases.csv   | alias         | ''           | alias must not be empty",
                "aliases.csv   | licence       | ''           | licence must not be empty",
                "provider_aliases.csv | provider | ''          | provider must not be empty",
                "provider_aliases.csv | source | ''            | source must not be empty",
                "prefixes.csv  | prefix        | ''           | prefix must not be empty",
                "prefixes.csv  | licence       | ''           | licence must not be empty",
                "regions.csv   | country       | US           | country must be an ISO 3166-1 alpha-3 code, was 'US'",
                "regions.csv   | zone          | ''           | zone must not be empty",
                "regions.csv   | source        | ''           | source must not be empty",
                "grid.csv      | gco2e_per_kwh | 0            | gco2e_per_kwh must be above 0 and at most 10000, was 0",
                "grid.csv      | gco2e_per_kwh | -1           | gco2e_per_kwh must be above 0 and at most 10000, was -1",
                "grid.csv      | gco2e_per_kwh | 10001        | gco2e_per_kwh must be above 0 and at most 10000, was 10001",
                "grid.csv      | resolution    | week         | resolution must be hour, month or year, was 'week'",
                "grid.csv      | resolution    | ''           | resolution must be hour, month or year, was ''",
                "grid.csv      | start         | 2019-02-01   | start must be the beginning of a UTC year, was 2019-02-01T00:00:00Z",
                "grid.csv      | start         | 2019-01-01T01:00:00Z | start must be the beginning of a UTC year, was 2019-01-01T01:00:00Z",
                "grid.csv      | start         | 2019         | start must be a date yyyy-MM-dd or a moment yyyy-MM-ddTHH:00:00Z, was '2019'",
                "grid.csv      | start         | 2019-01-01T00:00:00+01:00 | start must be a date yyyy-MM-dd or a moment yyyy-MM-ddTHH:00:00Z, was '2019-01-01T00:00:00+01:00'",
                "grid.csv      | start         | +1000000-01-01T00:00:00Z | start must be a date yyyy-MM-dd or a moment yyyy-MM-ddTHH:00:00Z, was '+1000000-01-01T00:00:00Z'",
                "grid.csv      | zone          | ''           | zone must not be empty",
                "water.csv     | offsite_wue_l_per_kwh | -0.1 | offsite_wue_l_per_kwh must be 0 to 1000, was -0.1",
                "water.csv     | offsite_wue_l_per_kwh | 1001 | offsite_wue_l_per_kwh must be 0 to 1000, was 1001",
                "water.csv     | licence       | ''           | licence must not be empty"
            })
    void anImpossibleFieldIsRefused(String file, String field, String value, String reason) {
        FactorSetFiles files = append(SHIPPED, file, changed(file, field, value));
        assertThat(problems(files)).containsExactly(file + ":" + lines(files.text(file)) + ": " + reason);
    }

    @ParameterizedTest
    @CsvSource({
        "month, 2024-02-02, month, 2024-02-02T00:00:00Z",
        "month, 2024-02-01T01:00:00Z, month, 2024-02-01T01:00:00Z",
        "hour, 2024-02-01T00:30:00Z, hour, 2024-02-01T00:30:00Z",
        "hour, 2024-02-01T00:00:01Z, hour, 2024-02-01T00:00:01Z"
    })
    void aStartInTheMiddleIsRefused(String resolution, String start, String unit, String shown) {
        FactorSetFiles files = append(SHIPPED, "grid.csv", "USA," + start + "," + resolution + ",400,a source,MIT");
        assertThat(problems(files))
                .containsExactly("grid.csv:" + lines(files.text("grid.csv")) + ": start must be the beginning of a UTC "
                        + unit + ", was " + shown);
    }

    @Test
    void hoursAndMonthsAreTakenAtTheirBeginning() {
        FactorSetFiles files = append(SHIPPED, "grid.csv", "USA,2024-02-01,month,400,a source,MIT");
        files = append(files, "grid.csv", "USA,2024-02-01T13:00:00Z,hour,400,a source,MIT");
        assertThat(problems(files)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "models.csv    | acme,rocket,parametric,9,9,9,9,,,2,2026-01-31,,other,MIT | model acme/rocket is there twice for the same time",
                "models.csv    | ACME,Rocket,parametric,9,9,9,9,,,2,2025-12-01,2026-01-02,other,MIT | model ACME/Rocket is there twice for the same time",
                "models.csv    | acme,rocket,parametric,9,9,9,9,,,2,,,other,MIT | model acme/rocket is there twice for the same time",
                "providers.csv | Acme,FRA,1.1,1.2,0.1,0.2,3,2026-01-31,,other,MIT | provider Acme is there twice for the same time",
                "per_call.csv  | acme,rocket,per_unit,0.1,0.1,0.1,1.2,3,0.4,2,2026-01-31,,other,MIT | model acme/rocket is there twice for the same time",
                "classes.csv   | x,*,Rocket,9,9,9,9,4,2026-01-31,,other,MIT | pattern */Rocket is there twice for the same time",
                "aliases.csv   | *,Rakete,openai,gpt-4o-mini,other,MIT | alias */Rakete is there twice",
                "provider_aliases.csv | AKME,openai,other,MIT | alias AKME is there twice",
                "prefixes.csv  | AKME/,openai,other,MIT | prefix AKME/ is there twice",
                "regions.csv   | Moon_1,moon,FRA,FRA,other,MIT | region Moon_1 is there twice",
                "grid.csv      | usa,2019-01-01T00:00:00Z,year,401,other,MIT | zone usa has two rows of one year that starts at 2019-01-01T00:00:00Z",
                "water.csv     | xxm,3,other,MIT | zone xxm is there twice"
            })
    void twoRowsForOneThingAtOneTimeAreRefused(String file, String second, String reason) {
        FactorSetFiles files = append(append(SHIPPED, file, row(file)), file, second);
        assertThat(problems(files))
                .singleElement()
                .asString()
                .startsWith(file + ":" + lines(files.text(file)) + ": " + reason);
    }

    @Test
    void rowsThatFollowEachOtherInTimeAreTaken() {
        FactorSetFiles files = append(SHIPPED, "models.csv", MODEL);
        files = append(files, "models.csv", "acme,rocket,parametric,9,9,9,9,,,2,2026-02-01,,other,MIT");
        files = append(files, "models.csv", "acme,rocket,parametric,7,7,7,7,,,2,,2026-01-01,other,MIT");
        assertThat(problems(files)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "models.csv",
                "providers.csv",
                "per_call.csv",
                "classes.csv",
                "aliases.csv",
                "provider_aliases.csv",
                "prefixes.csv",
                "regions.csv",
                "grid.csv",
                "water.csv"
            })
    void theSameRowTwiceIsRefused(String file) {
        FactorSetFiles once = append(SHIPPED, file, row(file));
        long first = lines(once.text(file));
        assertThat(problems(append(once, file, row(file))))
                .containsExactly(file + ":" + (first + 1) + ": the row is there already, in line " + first);
    }

    @Test
    void aModelThatIsInBothFilesIsRefused() {
        FactorSetFiles files = append(append(SHIPPED, "models.csv", MODEL), "per_call.csv", FLAT);
        assertThat(problems(files))
                .singleElement()
                .asString()
                .contains("per_call.csv:2: model acme/rocket is there twice");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set.csv",
                "models.csv",
                "providers.csv",
                "per_call.csv",
                "classes.csv",
                "aliases.csv",
                "provider_aliases.csv",
                "prefixes.csv",
                "regions.csv",
                "grid.csv",
                "water.csv"
            })
    void theFormOfEveryFileIsBinding(String file) {
        String text = SHIPPED.text(file);
        int header = text.indexOf('\n');
        assertThat(problems(SHIPPED.with(file, "\uFEFF" + text)))
                .contains(file + ":1: the file must not begin with a byte order mark");
        assertThat(problems(SHIPPED.with(file, text.replace("\n", "\r\n"))))
                .contains(file + ":1: lines must end with LF alone, not with CR LF");
        assertThat(problems(SHIPPED.with(file, text.substring(0, text.length() - 1))))
                .containsExactly(file + ":" + lines(text) + ": the last line must end with LF");
        String wrong = "x" + text.substring(1);
        assertThat(problems(SHIPPED.with(file, wrong)))
                .contains(file + ":1: the header must be " + text.substring(0, header));
        assertThat(problems(SHIPPED.with(
                        file, text.substring(0, header).toUpperCase(Locale.ROOT) + text.substring(header))))
                .contains(file + ":1: the header must be " + text.substring(0, header));
        assertThat(problems(SHIPPED.with(file, "")))
                .contains(file + ":1: the header must be " + text.substring(0, header));
    }

    @Test
    void aCarriageReturnIsFoundInItsLine() {
        FactorSetFiles files = append(append(SHIPPED, "models.csv", MODEL + "\r"), "models.csv", "next");
        assertThat(problems(files))
                .containsExactly("models.csv:" + (lines(files.text("models.csv")) - 1)
                        + ": lines must end with LF alone, not with CR LF");
    }

    @ParameterizedTest
    @CsvSource({"',x', 15", "'', 13"})
    void aFieldTooManyOrTooFewIsRefused(String end, int fields) {
        String row = fields == 13 ? MODEL.substring(0, MODEL.lastIndexOf(',')) : MODEL + end;
        FactorSetFiles files = append(SHIPPED, "models.csv", row);
        assertThat(problems(files))
                .containsExactly(
                        "models.csv:" + lines(files.text("models.csv")) + ": a row must have 14 fields, was " + fields);
    }

    @Test
    void anEmptyLineIsRefused() {
        assertThat(problems(append(SHIPPED, "water.csv", "")))
                .containsExactly(
                        "water.csv:" + (lines(SHIPPED.text("water.csv")) + 1) + ": a row must have 4 fields, was 1");
    }

    @Test
    void aQuoteThatDoesNotEndIsRefusedInItsLine() {
        FactorSetFiles files = append(SHIPPED, "water.csv", "XXM,2,\"a source,MIT");
        assertThat(problems(files))
                .singleElement()
                .asString()
                .startsWith("water.csv:" + lines(files.text("water.csv")) + ": no RFC 4180 CSV: ");
        assertThat(problems(append(SHIPPED, "water.csv", "XXM,2,\"a\" source,MIT")))
                .singleElement()
                .asString()
                .startsWith("water.csv:" + lines(files.text("water.csv")) + ": no RFC 4180 CSV: ");
    }

    @Test
    void linesAreCountedAcrossQuotedLineBreaks() {
        FactorSetFiles files = append(SHIPPED, "water.csv", "XXM,2,\"a\nsource\nof three lines\",MIT");
        files = append(files, "water.csv", "XXN,-2,a source,MIT");
        assertThat(problems(files))
                .singleElement()
                .asString()
                .startsWith("water.csv:" + lines(files.text("water.csv")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "set-1,ecomind-2,,why | set.csv:2: methodology must be ecomind-1 or ecologits-0.11.2, was ecomind-2",
                "set-1,,,why | set.csv:2: methodology must be ecomind-1 or ecologits-0.11.2, was",
                "Set 1,ecomind-1,,why | set.csv:2: id must be 1 to 64 of a-z, 0-9, '.', '-', beginning with a letter or digit, was 'Set 1'",
                "set-1,ecomind-1,, | set.csv:2: reason must not be empty"
            })
    void anImpossibleHeadIsRefused(String row, String reason) {
        assertThat(problems(SHIPPED.with("set.csv", "id,methodology,replaces,reason\n" + row + "\n")))
                .singleElement()
                .asString()
                .isEqualToIgnoringWhitespace(reason);
    }

    @Test
    void aSetHasOneHead() {
        String header = "id,methodology,replaces,reason\n";
        assertThat(problems(SHIPPED.with("set.csv", header))).containsExactly("set.csv: the file must have one row");
        assertThat(problems(SHIPPED.with("set.csv", header + "a,ecomind-1,,why\nb,ecomind-1,,why\n")))
                .containsExactly("set.csv:3: the file must have one row");
    }

    @Test
    void anAliasMustPointToAListedModel() {
        FactorSetFiles files = append(SHIPPED, "aliases.csv", "*,rakete,acme,rocket,a source,MIT");
        files = append(files, "aliases.csv", "*,komet,acme,comet,a source,MIT");
        long last = lines(files.text("aliases.csv"));
        assertThat(problems(files))
                .containsExactly(
                        "aliases.csv:" + (last - 1) + ": target_model must be listed, was acme/rocket",
                        "aliases.csv:" + last + ": target_model must be listed, was acme/comet");
        FactorSetFiles listed = append(SHIPPED, "models.csv", MODEL);
        assertThat(problems(append(listed, "aliases.csv", "*,rakete,Acme,Rocket,a source,MIT")))
                .isEmpty();
    }

    @Test
    void aRegionMustHaveAGrid() {
        assertThat(problems(append(SHIPPED, "regions.csv", "moon-1,moon,ZZ-1,ZZZ,a source,MIT")))
                .singleElement()
                .asString()
                .contains("region moon-1 has no grid", "ZZ-1", "ZZZ");
    }

    @Test
    void theLastResortMustBeThere() {
        assertThat(problems(SHIPPED.with("grid.csv", without(SHIPPED.text("grid.csv"), "WOR,"))))
                .singleElement()
                .asString()
                .contains("zone WOR must have a row of resolution year");
        assertThat(problems(SHIPPED.with("water.csv", without(SHIPPED.text("water.csv"), "WOR,"))))
                .singleElement()
                .asString()
                .contains("zone WOR must have a row of water");
        assertThat(problems(SHIPPED.with("providers.csv", without(SHIPPED.text("providers.csv"), "*,"))))
                .singleElement()
                .asString()
                .contains("provider * must have a row that is always valid");
    }

    @Test
    void problemsOfAllFilesAreListedTogether() {
        FactorSetFiles files = SHIPPED;
        List<String> expected = new ArrayList<>();
        for (String[] bad : new String[][] {
            {"providers.csv", "pue_min", "0.9"},
            {"models.csv", "tps", "0"},
            {"models.csv", "ttft_s", "12008"},
            {"grid.csv", "gco2e_per_kwh", "0"},
            {"water.csv", "offsite_wue_l_per_kwh", "-1"}
        }) {
            files = append(files, bad[0], changed(bad[0], bad[1], bad[2]));
            expected.add(bad[0] + ":" + lines(files.text(bad[0])) + ": " + bad[1]);
        }
        List<String> problems = problems(files);
        assertThat(problems).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(problems.get(i)).startsWith(expected.get(i));
        }
    }

    @Test
    void onlyTheFirstHundredProblemsAreListed() {
        var rows = new StringBuilder(SHIPPED.text("water.csv"));
        for (int i = 0; i < 250; i++) {
            rows.append("XX").append(i).append(",-1,a source,MIT\n");
        }
        List<String> problems = problems(SHIPPED.with("water.csv", rows.toString()));
        assertThat(problems).hasSize(101);
        assertThat(problems.subList(0, 100)).allMatch(problem -> problem.startsWith("water.csv:"));
        assertThat(problems.get(100)).isEqualTo("and more");
    }

    @Test
    void theMessageSaysHowManyProblemsThereAreAndTheFirst() {
        FactorSetFiles one = append(SHIPPED, "models.csv", changed("models.csv", "tps", "0"));
        FactorSetFiles two = append(one, "water.csv", changed("water.csv", "offsite_wue_l_per_kwh", "-1"));
        String first = problems(one).get(0);
        assertThatCode(one::parse).isInstanceOf(FactorSetException.class).hasMessage(first);
        assertThatCode(two::parse).isInstanceOf(FactorSetException.class).hasMessage("2 problems, the first: " + first);
    }

    /**
     * Verbatim from codecarbon's global_energy_mix.json (OWID CC BY 4.0; codecarbon MIT), 2022: "CAF, Central African
     * Republic" with 0 gCO2e/kWh. The country's only grid is hydropower, which does not emit nothing.
     */
    @Test
    void theUpstreamZoneWithoutEmissionsIsCaught() {
        FactorSetFiles files = append(
                SHIPPED,
                "grid.csv",
                "CAF,2022-01-01,year,0.0,\"codecarbon global_energy_mix.json; average, lifecycle (OWID/Ember)\","
                        + "OWID CC BY 4.0; codecarbon MIT");
        assertThat(problems(files))
                .containsExactly("grid.csv:" + lines(files.text("grid.csv"))
                        + ": gco2e_per_kwh must be above 0 and at most 10000, was 0");
    }

    private static List<String> problems(FactorSetFiles files) {
        try {
            files.parse();
            return List.of();
        } catch (FactorSetException refused) {
            return refused.problems();
        }
    }

    private static FactorSetFiles append(FactorSetFiles files, String file, String row) {
        return files.with(file, files.text(file) + row + "\n");
    }

    private static String row(String file) {
        String row = ROWS.get(file);
        if (row == null) {
            throw new AssertionError("no row for " + file);
        }
        return row;
    }

    private static String changed(String file, String field, String value) {
        String header = SHIPPED.text(file).lines().findFirst().orElseThrow();
        String[] fields = row(file).split(",", -1);
        fields[List.of(header.split(",")).indexOf(field)] = value;
        return String.join(",", fields);
    }

    private static String without(String text, String start) {
        var kept = new StringBuilder();
        text.lines()
                .filter(line -> !line.startsWith(start))
                .forEach(line -> kept.append(line).append('\n'));
        return kept.toString();
    }

    private static long lines(String text) {
        return text.chars().filter(c -> c == '\n').count();
    }
}
