package io.ecomind.dev.check.advisories;

import io.ecomind.cli.profile.CommandException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

/** Reads the checked-in list of advisories. Stateless. */
final class AdvisoryList {
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setHeader()
            .setSkipHeaderRecord(true)
            .setCommentMarker('#')
            .setTrim(true)
            .get();

    private AdvisoryList() {}

    static List<Advisory> read(Path file) {
        try (Reader reader = Files.newBufferedReader(file);
                var rows = FORMAT.parse(reader)) {
            List<Advisory> advisories = new ArrayList<>();
            for (CSVRecord row : rows) {
                advisories.add(fromRow(file, row));
            }
            return advisories;
        } catch (IOException e) {
            throw new CommandException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Advisory fromRow(Path file, CSVRecord row) {
        try {
            String reason = row.get("reason");
            if (reason.isBlank()) {
                throw new IllegalArgumentException("reason must not be empty");
            }
            return new Advisory(
                    row.get("component"),
                    VersionRanges.parse(row.get("versions")),
                    row.get("id"),
                    row.get("severity"),
                    Advisory.Decision.valueOf(row.get("decision").toUpperCase(Locale.ROOT)),
                    reason,
                    LocalDate.parse(row.get("decided")));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new CommandException(file + " row " + row.getRecordNumber() + ": " + e.getMessage(), e);
        }
    }
}
