package io.ecomind.dev.bench;

import io.ecomind.cli.DataOption;
import io.ecomind.cli.ProgressLine;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Credentials;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.replay.Replay;
import io.ecomind.cli.replay.ReplayOptions;
import io.ecomind.cli.verify.ProjectionProgress;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.Topic;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Compares two rates on the same machine in one run: a trace from its first request to its last event in the daily
 * totals, and Kafka alone copying the same records from events.raw to another topic with the same durability. Their
 * quotient depends less on the machine than either rate.
 */
@Command(
        name = "bench",
        description =
                "Send a trace as new events, and compare the rate with that of Kafka alone copying the same records.",
        subcommands = {BenchEnrichmentCommand.class, BenchStateCommand.class, BenchRestatementCommand.class})
public final class BenchCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** With fewer events, the pauses of the consumers dominate the time. */
    private static final long LEAST_EVENTS = 1_000;

    private static final int GENERATED_EVENTS = 20_000;
    private static final DateTimeFormatter TRACE_TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSS", Locale.ROOT);
    private static final int PARTITIONS = Topic.EVENTS_RAW.partitions();

    @Mixin
    private DataOption data = new DataOption();

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "A trace (see replay) of at least 1000 events (default: 20000 generated requests).")
    private @Nullable Path file;

    @Option(names = "--provider", paramLabel = "P", description = "Provider, where the trace names none.")
    private @Nullable String provider;

    @Option(names = "--model", paramLabel = "M", description = "Model, where the trace names none.")
    private @Nullable String model;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private record Copied(long records, long bytes, Duration took) {}

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        DataDirectory directory = data.client();
        PrintWriter out = spec.commandLine().getOut();
        if (file == null) {
            file = generatedTrace();
        } else if (!Files.isRegularFile(file)) {
            throw new ParameterException(spec.commandLine(), "there is no file " + file);
        }
        Endpoints endpoints = Endpoints.require(directory);
        Credentials credentials = Credentials.read(directory)
                .orElseThrow(
                        () -> new CommandException(directory.credentials() + " is missing: run ./ecomind up once"));
        try (var progress = new ProjectionProgress(endpoints.kafka(), endpoints.database("pipeline"))) {
            Map<Integer, Long> begins = progress.ends(Topic.EVENTS_RAW);
            long start = System.nanoTime();
            long events = replay(out, endpoints, credentials);
            progress.awaitProjected(progress.ends(Topic.EVENTS_RAW), line -> {});
            double wholeWay = (System.nanoTime() - start) / 1e9;
            Copied copied = copy(endpoints.kafka(), begins, progress.ends(Topic.EVENTS_RAW));
            double kafkaAlone = copied.took().toNanos() / 1e9;
            print(out, "gateway → Kafka → Flink → PostgreSQL", events, wholeWay);
            print(out, "Kafka alone, the same records", copied.records(), kafkaAlone);
            out.println(String.format(
                    Locale.ROOT,
                    "%.1f MB of records; from request to daily total at %.1f %% of the rate of Kafka alone",
                    copied.bytes() / 1e6,
                    100 * (events / wholeWay) / (copied.records() / kafkaAlone)));
        }
        return 0;
    }

    private long replay(PrintWriter out, Endpoints endpoints, Credentials credentials)
            throws IOException, InterruptedException {
        // The ids contain the start time, so that the events of each run are new and not dropped as duplicates.
        Instant begin = Instant.now().minus(2, ChronoUnit.DAYS).truncatedTo(ChronoUnit.MILLIS);
        var options = new ReplayOptions(
                Objects.requireNonNull(file),
                null,
                credentials.orgId(),
                provider,
                model,
                null,
                new ReplayOptions.Start(begin, false, begin),
                0);
        var client = new IngestClient(endpoints.httpAddress(), credentials.apiKey(), PATIENCE);
        var replay = new Replay(options, client, out::println);
        if (replay.expectedEvents() < LEAST_EVENTS) {
            throw new ParameterException(
                    spec.commandLine(),
                    file + " has about " + replay.expectedEvents() + " events; at least " + LEAST_EVENTS
                            + " are needed for a meaningful rate");
        }
        try (var line = new ProgressLine("bench", replay.expectedEvents(), out)) {
            return replay.run(line::to).tally().accepted();
        }
    }

    /** Writes a trace of a hundred requests a second, in the columns of the Azure traces. */
    private static Path generatedTrace() throws IOException {
        Path trace = Files.createTempFile("ecomind-bench-", ".csv");
        trace.toFile().deleteOnExit();
        var random = new SplittableRandom(1);
        Instant first = Instant.parse("2026-01-01T00:00:00Z");
        try (BufferedWriter lines = Files.newBufferedWriter(trace, StandardCharsets.UTF_8)) {
            lines.write("TIMESTAMP,ContextTokens,GeneratedTokens\n");
            for (int i = 0; i < GENERATED_EVENTS; i++) {
                lines.write(TRACE_TIME.format(first.plusMillis(10L * i).atOffset(ZoneOffset.UTC)) + ","
                        + random.nextInt(1, 8_000) + "," + random.nextInt(1, 1_000) + "\n");
            }
        }
        return trace;
    }

    private static void print(PrintWriter out, String what, long records, double seconds) {
        out.println(String.format(
                Locale.ROOT,
                "%-38s %,12d records in %6.1f s, %,10.0f a second",
                what,
                records,
                seconds,
                records / seconds));
    }

    private static Copied copy(KafkaSettings kafka, Map<Integer, Long> begins, Map<Integer, Long> ends)
            throws InterruptedException, ExecutionException {
        String target = "bench." + UUID.randomUUID();
        try (Admin admin = kafka.admin(Map.of())) {
            admin.createTopics(List.of(new NewTopic(target, PARTITIONS, (short) -1)))
                    .all()
                    .get();
            try {
                return copy(kafka, target, begins, ends);
            } finally {
                admin.deleteTopics(List.of(target)).all().get();
            }
        }
    }

    private static Copied copy(KafkaSettings kafka, String target, Map<Integer, Long> begins, Map<Integer, Long> ends) {
        var failure = new AtomicReference<@Nullable Exception>();
        long records = 0;
        long bytes = 0;
        long start = System.nanoTime();
        try (var consumer = kafka.consumer(Map.of("max.poll.records", 5000));
                var producer = kafka.producer(Map.<String, Object>of(
                        "acks", "all", "compression.type", "lz4", "linger.ms", 5, "batch.size", 131_072))) {
            List<TopicPartition> partitions = ends.keySet().stream()
                    .map(p -> new TopicPartition(Topic.EVENTS_RAW.topicName(), p))
                    .toList();
            consumer.assign(partitions);
            partitions.forEach(p -> consumer.seek(p, begins.getOrDefault(p.partition(), 0L)));
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p.partition(), 0L))) {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    if (record.offset() < ends.getOrDefault(record.partition(), 0L)) {
                        records++;
                        bytes += record.value().length;
                        producer.send(
                                new ProducerRecord<>(target, record.partition(), record.key(), record.value()),
                                (metadata, e) -> {
                                    if (e != null) {
                                        failure.set(e);
                                    }
                                });
                    }
                }
            }
            producer.flush();
        }
        if (failure.get() != null) {
            throw new CommandException(
                    "Kafka did not acknowledge the records of the comparison: " + failure.get(), failure.get());
        }
        return new Copied(records, bytes, Duration.ofNanos(System.nanoTime() - start));
    }
}
