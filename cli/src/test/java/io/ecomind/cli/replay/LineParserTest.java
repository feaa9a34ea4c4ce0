package io.ecomind.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineParserTest {
    private static final Path TRACES = Path.of("src/test/resources/traces");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void azure_times_have_seven_digits_no_zone_and_crlf() throws Exception {
        List<TraceEvent> events = read("azure_code_excerpt.csv", TraceFormat.AZURE);
        assertThat(events).hasSize(5);
        assertThat(events.get(0).at()).isEqualTo(Instant.parse("2023-11-16T18:17:03.979960Z"));
        assertThat(events.get(0).body().toString())
                .isEqualTo("{\"user_id\":\"replay\",\"tokens_in\":4808,\"tokens_out\":10}");
        // The file ends without a line end.
        assertThat(events.get(4).line()).isEqualTo(6);
        assertThat(events.get(4).body().get("tokens_out").asLong()).isEqualTo(12);
    }

    @Test
    void mooncake_prefix_blocks_become_cached_tokens_but_never_more_than_the_input() throws Exception {
        List<TraceEvent> events = read("mooncake_excerpt.csv", TraceFormat.MOONCAKE);
        assertThat(events).extracting(TraceEvent::at).containsOnly(Instant.EPOCH);
        assertThat(events.get(0).body().get("tokens_cache_read").asLong()).isEqualTo(6_758);
        assertThat(events.get(4).body().get("tokens_cache_read").asLong()).isEqualTo(6_760);
        assertThat(parse(TraceFormat.MOONCAKE, "timestamp_ms,input_length,output_length,n_prefix_blocks", "5,9000,1,2")
                        .body()
                        .get("tokens_cache_read")
                        .asLong())
                .isEqualTo(1_024);
    }

    @Test
    void servegen_counts_seconds_and_names_clients() throws Exception {
        List<TraceEvent> events = read("servegen_deepseek_excerpt.csv", TraceFormat.SERVEGEN);
        assertThat(events.get(1).at()).isEqualTo(Instant.EPOCH.plusMillis(8));
        assertThat(events.get(1).body().toString())
                .isEqualTo("{\"user_id\":\"client-35\",\"tokens_in\":12,\"tokens_out\":1067}");
    }

    @Test
    void formats_are_told_from_their_first_line() {
        assertThat(TraceFormat.guess("TIMESTAMP,ContextTokens,GeneratedTokens\r"))
                .contains(TraceFormat.AZURE);
        assertThat(TraceFormat.guess("timestamp_ms,input_length,output_length,n_prefix_blocks"))
                .contains(TraceFormat.MOONCAKE);
        assertThat(TraceFormat.guess("ts_s,client_id,input_tokens,output_tokens"))
                .contains(TraceFormat.SERVEGEN);
        assertThat(TraceFormat.guess("ts,user_id,provider")).contains(TraceFormat.CSV);
        assertThat(TraceFormat.guess("{\"id\":1}")).contains(TraceFormat.NDJSON);
        assertThat(TraceFormat.guess("model,client_id,window_start_s,requests")).isEmpty();
    }

    @Test
    void csv_takes_the_wires_names_with_quotes_and_empty_cells() throws Exception {
        TraceEvent event = parse(
                TraceFormat.CSV,
                "id,ts,user_id,provider,tokens_in,tokens_out,region,metadata",
                "a,2026-01-02T03:04:05+01:00,\"Doe, J\",openai,7,8,,\"{\"\"k\"\":1}\"");
        assertThat(event.at()).isEqualTo(Instant.parse("2026-01-02T02:04:05Z"));
        assertThat(event.body().toString())
                .isEqualTo("{\"id\":\"a\",\"user_id\":\"Doe, J\",\"provider\":\"openai\",\"tokens_in\":7,"
                        + "\"tokens_out\":8,\"metadata\":{\"k\":1}}");
    }

    @Test
    void times_are_read_as_the_gateway_reads_them() throws Exception {
        for (String ts : List.of(
                "2026-01-02T23:04:05.123456789+20:00", "2026-01-02 03:04:05.123456Z", "2026-01-02t03:04:05.123456z")) {
            assertThat(parse(TraceFormat.CSV, "ts", ts).at())
                    .as(ts)
                    .isEqualTo(Instant.parse("2026-01-02T03:04:05.123456Z"));
        }
        TraceEvent withoutSeconds = parse(TraceFormat.CSV, "ts", "2026-01-02T03:04Z");
        assertThat(withoutSeconds.at()).isNull();
        assertThat(withoutSeconds.body().toString()).isEqualTo("{\"ts\":\"2026-01-02T03:04Z\"}");
    }

    @Test
    void malformed_lines_say_what_is_wrong() {
        String azure = "TIMESTAMP,ContextTokens,GeneratedTokens";
        assertMalformed(TraceFormat.AZURE, azure, "2023-11-16,1,2", "TIMESTAMP is not a date and time: 2023-11-16");
        assertMalformed(TraceFormat.AZURE, azure, "2023-11-16 18:17:03,1", "2 columns where the header has 3");
        assertMalformed(TraceFormat.AZURE, azure, "2023-11-16 18:17:03,x,2", "ContextTokens is not a whole number: x");
        assertMalformed(
                TraceFormat.SERVEGEN,
                "ts_s,client_id,input_tokens,output_tokens",
                "noon,1,2,3",
                "ts_s is not a number of seconds: noon");
        assertMalformed(TraceFormat.NDJSON, "", "{\"id\":", "not JSON: {\"id\":");
        assertMalformed(TraceFormat.NDJSON, "", "[1]", "not a JSON object: [1]");
    }

    @Test
    void packing_a_file_changes_neither_its_hash_nor_its_length() throws Exception {
        Path plain = TRACES.resolve("azure_code_excerpt.csv");
        Path packed = directory.resolve("packed.gz");
        try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            Files.copy(plain, out);
        }
        TraceFile file = TraceFile.examine(plain);
        assertThat(file.lines()).isEqualTo(6);
        assertThat(TraceFile.examine(packed)).isEqualTo(new TraceFile(packed, file.sha256(), 6));
    }

    private static void assertMalformed(TraceFormat format, String header, String line, String message) {
        assertThatThrownBy(() -> parse(format, header, line))
                .isInstanceOf(MalformedLine.class)
                .hasMessage(message);
    }

    private static TraceEvent parse(TraceFormat format, String header, String line) throws MalformedLine {
        return new LineParser(format, header).parse(2, line);
    }

    private static List<TraceEvent> read(String name, TraceFormat format) throws IOException, MalformedLine {
        List<TraceEvent> events = new ArrayList<>();
        try (BufferedReader lines = TraceFile.examine(TRACES.resolve(name)).open()) {
            String header = lines.readLine();
            var parser = new LineParser(format, header == null ? "" : header);
            assertThat(parser.missingColumns()).isEmpty();
            long number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                events.add(parser.parse(++number, line));
            }
        }
        return events;
    }
}
