package io.ecomind.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.usage.UsageField;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as far as it needs no stack. */
class ReplayCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void the_help_names_all_fields_of_an_event_as_columns_of_csv_and_no_others() {
        String help = CommandLineRun.of("replay", "--help").output().replaceAll("\\s+", " ");
        String columns = help.replaceFirst(".* csv the fields of POST /v1/ingest: (.*?); an empty cell .*", "$1");
        Set<String> names = Arrays.stream(
                        columns.replaceAll("\\([^)]*\\)|\\band\\b", "").split("[ ,]+"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(columns).startsWith("user_id, provider, tokens_in, tokens_out (needed), and ");
        assertThat(names)
                .containsExactlyInAnyOrderElementsOf(
                        UsageField.ALL.stream().map(UsageField::wireName).toList());
    }

    @Test
    void the_start_is_a_date_or_a_time_as_the_gateway_reads_it() throws IOException {
        for (String start : List.of("2026-01-31", "2026-01-31T12:00:00+20:00", "original")) {
            assertThat(replayFrom(start)).as(start).doesNotContain("--start is a date");
        }
        for (String start : List.of("2026-02-30", "2026-01-31T12:00Z", "noon", "2026-01-31T12:00:00")) {
            assertThat(replayFrom(start)).as(start).contains("--start is a date", "was " + start);
        }
    }

    /** Where the start is good, what is missing is a stack. */
    private String replayFrom(String start) throws IOException {
        Path trace = Files.writeString(directory.resolve("trace.ndjson"), "{}");
        return CommandLineRun.of("replay", trace.toString(), "--start", start, "--data", directory.toString())
                .output();
    }
}
