package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.Methodology;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The set that comes with this version. */
class ShippedSetTest {
    private static final FactorSetFiles SHIPPED = FactorSetFiles.shipped();

    /** Tables that are for comparison only: copyleft of other people's, or without an open licence. */
    private static final List<String> MUST_NOT_SHIP = List.of(
            "electricitymap",
            "electricity map",
            "em_emission",
            "em_datacentre",
            "grid_intensity_em",
            "boavizta",
            "region_zone_map",
            "cloud_region_pue",
            "agpl");

    @Test
    void itCanBeRead() throws FactorSetException {
        FactorSet set = SHIPPED.parse();
        assertThat(set.id()).isEqualTo(FactorSetFiles.SHIPPED);
        assertThat(set.methodology()).isEqualTo(Methodology.ECOMIND_1);
        assertThat(set.replaces()).isEmpty();
        assertThat(set.reason()).isNotBlank();
        assertThat(set.rows()).hasSizeGreaterThanOrEqualTo(356);
        assertThat(set.sites()).hasSizeGreaterThanOrEqualTo(7);
        assertThat(set.gridRows()).hasSizeGreaterThanOrEqualTo(500);
    }

    @ParameterizedTest
    @CsvSource({
        "models.csv, 356",
        "aliases.csv, 400",
        "classes.csv, 300",
        "prefixes.csv, 100",
        "provider_aliases.csv, 50",
        "providers.csv, 7",
        "regions.csv, 100",
        "grid.csv, 500",
        "water.csv, 50"
    })
    void noRowsHaveGoneMissing(String file, int least) throws IOException {
        assertThat(rows(file)).hasSizeGreaterThanOrEqualTo(least);
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
    void everyRowCitesASourceThatMayShip(String file) throws IOException {
        for (CSVRecord row : rows(file)) {
            String source = row.get("source");
            String licence = row.get("licence");
            assertThat(source).as("%s: %s", file, row).isNotBlank();
            assertThat(licence).as("%s: %s", file, row).isNotBlank();
            String cited = (source + " " + licence).toLowerCase(Locale.ROOT);
            assertThat(MUST_NOT_SHIP).as("%s: %s", file, row).noneMatch(cited::contains);
        }
    }

    /** A prefix that ends within a word would take the beginning off other names. */
    @Test
    void everyPrefixEndsAtASeparator() throws IOException {
        for (CSVRecord row : rows("prefixes.csv")) {
            assertThat(row.get("prefix")).matches(".*[/.:@-]");
        }
    }

    private static List<CSVRecord> rows(String file) throws IOException {
        try (CSVParser parser = CSVParser.parse(
                SHIPPED.text(file),
                CSVFormat.RFC4180
                        .builder()
                        .setHeader()
                        .setSkipHeaderRecord(true)
                        .get())) {
            return parser.getRecords();
        }
    }
}
