package io.ecomind.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.connect.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("integration")
class ReplayTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant START = Instant.parse("2026-01-05T00:00:00Z");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final List<JsonNode> received = Collections.synchronizedList(new ArrayList<>());
    private final List<String> said = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private HttpServer gateway;

    @BeforeEach
    void start() throws IOException {
        gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        gateway.createContext("/v1/ingest", exchange -> {
            requests.incrementAndGet();
            String body =
                    new String(new GZIPInputStream(exchange.getRequestBody()).readAllBytes(), StandardCharsets.UTF_8);
            if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                exchange.sendResponseHeaders(503, -1);
                exchange.close();
                return;
            }
            int items = 0;
            for (String line : body.split("\n")) {
                received.add(JSON.readTree(line));
                items++;
            }
            byte[] answer = ("{\"status\":\"accepted\",\"accepted\":" + (items - 1)
                            + ",\"rejected\":1,\"duplicates\":0,"
                            + "\"errors\":[{\"index\":0,\"code\":\"field_missing\",\"message\":\"m\"}]}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(202, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        gateway.start();
    }

    @AfterEach
    void stop() {
        gateway.stop(0);
    }

    @Test
    void the_same_replay_sends_the_same_ids_and_another_start_sends_others() throws Exception {
        Path trace = lines(2_500, i -> "{\"ts\":\"2026-01-01T00:00:00Z\",\"user_id\":\"u\"}");
        Replay.ReplaySummary summary = replay(trace, START).run(sent -> {});
        assertThat(summary.read()).isEqualTo(2_500);
        assertThat(summary.tally().sent()).isEqualTo(2_500);
        assertThat(summary.tally().accepted()).isEqualTo(2_497);
        assertThat(summary.tally().rejectedByCode()).containsEntry("field_missing", 3L);
        List<String> first = ids();
        assertThat(first).doesNotHaveDuplicates().hasSize(2_500);

        received.clear();
        replay(trace, START).run(sent -> {});
        assertThat(ids()).containsExactlyInAnyOrderElementsOf(first);

        received.clear();
        replay(trace, START.plusSeconds(86_400)).run(sent -> {});
        assertThat(ids()).doesNotContainAnyElementsOf(first);
    }

    @Test
    void a_trace_moves_to_its_start_and_keeps_its_spacing() throws Exception {
        replay(Path.of("src/test/resources/traces/azure_code_excerpt.csv"), START)
                .run(sent -> {});
        assertThat(received)
                .extracting(event -> event.get("ts").asText())
                .contains("2026-01-05T00:00:00Z", "2026-01-05T00:00:00.052Z", "2026-01-05T00:00:00.444994Z");
        assertThat(received.get(0).get("provider").asText()).isEqualTo("openai");
        assertThat(received.get(0).get("org_id").asText()).isEqualTo("demo");
        assertThat(said).anyMatch(line -> line.startsWith("the trace names no model: counted as openai/gpt-4o"));
    }

    @Test
    void malformed_lines_are_named_and_counted_and_the_rest_is_sent() throws Exception {
        Path trace = lines(40, i -> i % 2 == 0 ? "{\"user_id\":\"u\"}" : "oops");
        Replay.ReplaySummary summary = replay(trace, null).run(sent -> {});
        assertThat(summary.malformed()).isEqualTo(20);
        assertThat(received).hasSize(20);
        assertThat(said)
                .contains("line 2 is malformed and left out: not JSON: oops", "… and 10 more malformed lines left out");
    }

    @Test
    void a_gateway_that_is_away_for_a_moment_is_asked_again() throws Exception {
        refusals.set(3);
        Replay.ReplaySummary summary =
                replay(lines(10, i -> "{\"user_id\":\"u\"}"), null).run(sent -> {});
        assertThat(summary.tally().sent()).isEqualTo(10);
        assertThat(requests).hasValue(4);
    }

    @Test
    void a_gateway_that_stays_away_ends_the_replay_with_advice() throws Exception {
        refusals.set(Integer.MAX_VALUE);
        Replay replay = replay(lines(20_000, i -> "{\"user_id\":\"u\"}"), null);
        assertThatThrownBy(() -> replay.run(sent -> {}))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("run the same command again");
    }

    @Test
    void offsets_have_no_original_dates() throws IOException {
        var options = new ReplayOptions(
                Path.of("src/test/resources/traces/mooncake_excerpt.csv"),
                null,
                "demo",
                null,
                null,
                null,
                new ReplayOptions.Start(null, true, START),
                0);
        assertThatThrownBy(() -> new Replay(options, client(), said::add))
                .hasMessageContaining("has no dates of its own");
    }

    private List<String> ids() {
        return received.stream().map(event -> event.get("id").asText()).toList();
    }

    private Replay replay(Path trace, @Nullable Instant start) throws IOException {
        var options = new ReplayOptions(
                trace, null, "demo", null, null, null, new ReplayOptions.Start(start, false, START), 0);
        return new Replay(options, client(), said::add);
    }

    private IngestClient client() {
        String base = "http://127.0.0.1:" + gateway.getAddress().getPort();
        return new IngestClient(base, new Secret("key"), Duration.ofSeconds(3));
    }

    private Path lines(int count, IntFunction<String> line) throws IOException {
        Path file = directory.resolve("trace.ndjson");
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(line.apply(i)).append('\n');
        }
        return Files.writeString(file, text);
    }
}
