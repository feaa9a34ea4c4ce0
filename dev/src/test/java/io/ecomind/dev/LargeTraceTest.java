package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.replay.Replay;
import io.ecomind.cli.replay.ReplayOptions;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.dev.stack.EmbeddedStack;
import io.ecomind.dev.stack.ExternalServices;
import io.ecomind.dev.stack.StackConfig;
import io.ecomind.testkit.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole traces through the whole stack. The system property {@code ecomind.shared} names the folder that holds
 * {@code data/traces}; without it the tests are reported as skipped.
 */
@Tag("integration")
@Tag("ci")
class LargeTraceTest {
    /** A trace and what its lines add up to, counted apart from the product (zcat and awk). */
    private record Trace(String file, long events, long tokensIn, long tokensOut) {}

    private static final List<Trace> TRACES = List.of(
            new Trace("azure_llm_2023_conv.csv.gz", 19_366, 22_361_870, 4_088_665),
            new Trace("azure_llm_2023_code.csv.gz", 8_819, 18_059_974L, 245_896L),
            new Trace("mooncake_conversation.csv.gz", 12_031, 144_793_823L, 4_122_048L));
    private static final Trace LONGEST =
            new Trace("servegen_deepseek_r1_requests.csv.gz", 1_383_669, 1_754_952_306L, 2_113_426_945L);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @TestFactory
    Stream<DynamicTest> every_request_of_a_trace_is_counted_once_however_often_it_is_replayed() {
        Path traces = traces();
        return TRACES.stream()
                .map(trace ->
                        DynamicTest.dynamicTest(trace.file(), () -> replayTwice(traces.resolve(trace.file()), trace)));
    }

    @Test
    @Tag("all")
    void every_request_of_a_trace_of_a_million_is_counted_once() throws Exception {
        replayTwice(traces().resolve(LONGEST.file()), LONGEST);
    }

    private static Path traces() {
        String shared = System.getProperty("ecomind.shared");
        assumeTrue(shared != null && !shared.isEmpty(), "the system property ecomind.shared names no folder of traces");
        return Path.of(shared, "data", "traces");
    }

    private void replayTwice(Path file, Trace trace) throws Exception {
        assertThat(Files.isRegularFile(file)).as(file.toString()).isTrue();
        Instant start = Instant.now().minus(3, ChronoUnit.DAYS).truncatedTo(ChronoUnit.DAYS);
        int base = Math.min(FreePorts.find(1)[0], 60_000);
        var config = new StackConfig(new DataDirectory(directory.resolve(trace.file())), base, ExternalServices.NONE);
        try (EmbeddedStack stack = EmbeddedStack.start(config, (part, address, took) -> {})) {
            replay(stack, file, start);
            replay(stack, file, start);

            VerificationReport report = Verification.run(stack.endpoints(), Selection.ALL, line -> {});

            assertThat(report.findings().lines()).isEmpty();
            assertThat(report.live()).isEqualTo(trace.events());
            assertThat(report.duplicate()).isEqualTo(trace.events());
            try (Connection connection =
                            stack.endpoints().database("pipeline").dataSource().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(
                            "SELECT sum(call_count), sum(tokens_in), sum(tokens_out) FROM daily_org_agg")) {
                assertThat(row.next()).isTrue();
                assertThat(List.of(row.getLong(1), row.getLong(2), row.getLong(3)))
                        .containsExactly(trace.events(), trace.tokensIn(), trace.tokensOut());
            }
        }
    }

    private static void replay(EmbeddedStack stack, Path file, Instant start) throws Exception {
        var options = new ReplayOptions(
                file,
                null,
                stack.credentials().orgId(),
                null,
                null,
                null,
                new ReplayOptions.Start(start, false, start),
                0);
        var client =
                new IngestClient(stack.endpoints().http(), stack.credentials().apiKey(), Duration.ofSeconds(30));
        Replay.ReplaySummary summary = new Replay(options, client, line -> {}).run(sent -> {});
        assertThat(summary.malformed()).isZero();
        assertThat(summary.tally().rejected()).isZero();
    }
}
