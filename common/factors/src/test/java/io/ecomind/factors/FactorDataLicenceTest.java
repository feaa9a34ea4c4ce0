package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;

class FactorDataLicenceTest {
    private static final Path SETS = Path.of("src/main/resources/factors");
    private static final CSVFormat CSV =
            CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();

    @Test
    void every_licence_of_a_row_is_on_the_licence_page() throws IOException {
        var licences = new TreeSet<String>();
        try (Stream<Path> files = Files.walk(SETS)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".csv")).toList()) {
                try (var rows = CSV.parse(Files.newBufferedReader(file))) {
                    for (CSVRecord row : rows) {
                        if (row.isMapped("licence")) {
                            licences.addAll(List.of(row.get("licence").split("; ")));
                        }
                    }
                }
            }
        }
        String page = Files.readString(SETS.resolve("LICENSE.md"));

        assertThat(licences)
                .contains("MPL-2.0")
                .allSatisfy(licence -> assertThat(page).contains("`" + licence + "`"));
    }
}
