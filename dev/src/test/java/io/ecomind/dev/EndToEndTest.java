package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.replay.IngestTally;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.dev.sample.SampleWeek;
import io.ecomind.dev.stack.DemoOrganisation;
import io.ecomind.dev.stack.EmbeddedStack;
import io.ecomind.dev.stack.ExternalServices;
import io.ecomind.dev.stack.StackConfig;
import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.footprint.Amounts;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.UsageCall;
import io.ecomind.testkit.ContractHttpClient;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.EmbeddedPostgresServer;
import io.ecomind.testkit.EmbeddedRedisServer;
import io.ecomind.testkit.FreePorts;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the front door to the totals, through real servers, with a restart in the middle. */
@Tag("integration")
class EndToEndTest {
    /** All servers must cope with what a path may contain, but for a double quote, with which initdb cannot start. */
    private static final String DATA = "dätä of 'one' stack";

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private final Instant now = Instant.now();
    private final LocalDate lastDay = LocalDate.ofInstant(now, DemoOrganisation.ZONE);

    private final SampleWeek week = SampleWeek.until(now, DemoOrganisation.ZONE);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private record Sums(long calls, long tokensIn, long tokensOut, BigDecimal kwh) {
        private Sums {
            kwh = kwh.stripTrailingZeros();
        }

        Sums plus(Sums other) {
            return new Sums(
                    calls + other.calls, tokensIn + other.tokensIn, tokensOut + other.tokensOut, kwh.add(other.kwh));
        }
    }

    @Test
    void every_valid_event_is_counted_once_across_a_restart() throws Exception {
        int half = week.requests().size() / 2;
        String key;
        try (EmbeddedStack stack = start()) {
            key = stack.credentials().apiKey().value();
            send(stack, week.requests().subList(0, half));
        }
        try (EmbeddedStack stack = start()) {
            assertThat(stack.credentials().apiKey().value()).isEqualTo(key);
            // The last request of before was answered, but its sender cannot know: it comes again.
            send(stack, week.requests().subList(half - 1, week.requests().size()));
            VerificationReport report = Verification.run(stack.endpoints(), Selection.ALL, line -> {});
            assertThat(report.findings().lines()).isEmpty();
            assertThat(report.live()).isEqualTo(week.distinct());
            assertThat(report.duplicate()).isGreaterThanOrEqualTo(week.repeats());
            assertThat(totals(stack)).isEqualTo(expected());
        }
        assertThat(namesIn(directory)).containsExactly(DATA);
        assertThat(namesIn(directory.resolve(DATA).resolve("scratch"))).isEmpty();
        assertThat(openFolders()).isEmpty();
    }

    private static List<String> namesIn(Path folder) throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            return content.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** Folders of the servers that others than their owner can enter. */
    private List<Path> openFolders() throws IOException {
        List<Path> open = new ArrayList<>();
        try (Stream<Path> content = Files.list(directory.resolve(DATA))) {
            for (Path folder : content.toList()) {
                if (!PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))
                        .equals("rwx------")) {
                    open.add(folder);
                }
            }
        }
        return open;
    }

    @Test
    void services_that_run_already_are_used_instead_of_embedded_ones() throws Exception {
        int[] ports = FreePorts.find(4);
        try (var postgres = EmbeddedPostgresServer.start(directory.resolve("outside-postgres"), ports[0]);
                var kafka = EmbeddedKafkaBroker.start(directory.resolve("outside-kafka"), ports[1], ports[2]);
                var redis = EmbeddedRedisServer.start(directory.resolve("outside-redis"), ports[3])) {
            postgres.createDatabase("owner-password");
            var outside = ExternalServices.fromEnv(Map.of(
                    "ECOMIND_DATABASE_URL",
                    "postgresql://ecomind_migrator:owner-password@127.0.0.1:" + ports[0] + "/ecomind",
                    "ECOMIND_KAFKA_BOOTSTRAP_SERVERS",
                    kafka.bootstrapServers(),
                    "ECOMIND_REDIS_URL",
                    redis.url()));
            try (EmbeddedStack stack = start(outside)) {
                assertThat(stack.endpoints().kafkaBootstrapServers()).isEqualTo(kafka.bootstrapServers());
                send(stack, week.requests());
                VerificationReport report = Verification.run(stack.endpoints(), Selection.ALL, line -> {});
                assertThat(report.findings().lines()).isEmpty();
                assertThat(report.live()).isEqualTo(week.distinct());
            }
        }
    }

    private EmbeddedStack start() {
        return start(ExternalServices.NONE);
    }

    private EmbeddedStack start(ExternalServices outside) {
        // All ports derive from one that is free now; where another is taken, the stack finds its own.
        int base = Math.min(FreePorts.find(1)[0], 60_000);
        return EmbeddedStack.start(
                new StackConfig(new DataDirectory(directory.resolve(DATA)), base, outside),
                (part, address, took) -> {});
    }

    private static void send(EmbeddedStack stack, List<List<String>> requests) throws InterruptedException {
        var client =
                new IngestClient(stack.endpoints().http(), stack.credentials().apiKey(), Duration.ofSeconds(60));
        var tally = new IngestTally();
        for (List<String> request : requests) {
            tally.add(request.size(), client.send(request));
        }
        assertThat(tally.accepted() + tally.rejected()).isEqualTo(tally.sent());
        assertThat(tally.rejected()).isPositive();
    }

    /** What the sample's own lines add up to, by model. */
    private Map<String, Sums> expected() throws IOException {
        Map<String, Sums> expected = new TreeMap<>();
        FactorSet set = shipped();
        Set<String> seen = new HashSet<>();
        for (List<String> request : week.requests()) {
            for (String line : request) {
                JsonNode event = JSON.readTree(line);
                boolean valid = event.hasNonNull("user_id")
                        && event.hasNonNull("provider")
                        && event.path("tokens_in").isIntegralNumber()
                        && event.path("tokens_out").asLong(-1) >= 0
                        && event.path("ts").asText().startsWith("20")
                        && event.path("ts")
                                        .asText()
                                        .compareTo(lastDay.minusDays(10).toString())
                                > 0;
                if (valid && seen.add(event.path("id").asText())) {
                    String model = event.path("model").asText();
                    expected.merge(
                            model,
                            new Sums(
                                    1,
                                    event.path("tokens_in").asLong(),
                                    event.path("tokens_out").asLong(),
                                    kwh(set, event)),
                            Sums::plus);
                }
            }
        }
        assertThat(expected.values().stream().mapToLong(Sums::calls).sum()).isEqualTo(week.distinct());
        return expected;
    }

    private static FactorSet shipped() {
        try {
            return FactorSetFiles.shipped().parse();
        } catch (FactorSetException e) {
            throw new AssertionError(e);
        }
    }

    /** By the shipped set, event by event, to the nanowatt-hour; 0 for what is not covered. */
    private static BigDecimal kwh(FactorSet set, JsonNode event) {
        long tsMicros = ChronoUnit.MICROS.between(
                Instant.EPOCH, Instant.parse(event.path("ts").asText()));
        Amounts amounts = set.rate(
                        new UsageCall(
                                event.path("provider").asText(),
                                event.path("model").asText(),
                                event.path("region").asText(),
                                event.path("modality").asText("text"),
                                event.path("tokens_in").asLong(),
                                event.path("tokens_out").asLong(),
                                event.path("tokens_cache_read").asLong(),
                                event.path("latency_ms").asLong(),
                                event.path("units").asLong(),
                                tsMicros,
                                tsMicros),
                        OrganisationFactors.NONE)
                .amounts();
        return amounts == null ? BigDecimal.ZERO : Objects.requireNonNull(amounts.decimal(Quantity.ENERGY, Bound.MID));
    }

    private Map<String, Sums> totals(EmbeddedStack stack) throws IOException, InterruptedException {
        HttpResponse<String> answer = new ContractHttpClient()
                .sendForText(HttpRequest.newBuilder(URI.create(stack.endpoints().http()
                                + "/v1/aggregate/daily?org_id=" + DemoOrganisation.ID + "&from="
                                + lastDay.minusDays(SampleWeek.DAYS - 1) + "&to=" + lastDay + "&group_by=model"))
                        .header(
                                "Authorization",
                                "Bearer " + stack.credentials().apiKey().value())
                        .build());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        Map<String, Sums> totals = new TreeMap<>();
        for (JsonNode row : JSON.readTree(answer.body()).path("rows")) {
            assertThat(row.path("kwh").isNull())
                    .isEqualTo(row.path("model").asText().equals("house-model-1"));
            totals.merge(
                    row.path("model").asText(),
                    new Sums(
                            row.path("call_count").asLong(),
                            row.path("tokens_in").asLong(),
                            row.path("tokens_out").asLong(),
                            row.path("kwh").isNull()
                                    ? BigDecimal.ZERO
                                    : row.path("kwh").decimalValue()),
                    Sums::plus);
        }
        return totals;
    }
}
