package io.ecomind.dev.bench;

import io.ecomind.cli.Numbers;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.Topic;
import io.ecomind.jobs.enrichment.EndOffset;
import io.ecomind.jobs.enrichment.EnrichmentJob;
import io.ecomind.jobs.enrichment.RateCall;
import io.ecomind.jobs.enrichment.ReadRawRecord;
import io.ecomind.jobs.enrichment.ReadReference;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.PrivateFolders;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures the cost of the footprint calculation: the enrichment job over distinct events, from Kafka to Kafka with its
 * state and its checkpoints, alternately with the catalogue and with a constant in its place, on the same records.
 */
@Command(
        name = "enrichment",
        description =
                "Compare the enrichment job with the same job that uses a constant instead of the footprint calculation.")
final class BenchEnrichmentCommand implements Callable<Integer> {
    private static final int ROUNDS = 3;
    private static final int PARALLELISM = 2;

    /** Enough that a run takes some seconds longer than the start of its job. */
    private static final int LEAST_EVENTS = 100_000;

    @Option(
            names = "--events",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "Distinct events per run (default: ${DEFAULT-VALUE}).")
    private int events;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        if (events < LEAST_EVENTS || events > 100_000_000) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--events must be " + LEAST_EVENTS + " to 100000000, was " + events
                            + ": with fewer, the start of the job takes longer than the events");
        }
        PrintWriter out = spec.commandLine().getOut();
        Path directory = Files.createTempDirectory("ecomind-bench-");
        int[] ports = FreePorts.find(2);
        try (var broker = EmbeddedKafkaBroker.start(directory.resolve("kafka"), ports[0], ports[1])) {
            EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
            out.println("writing " + Numbers.count(events) + " distinct events to " + Topic.EVENTS_RAW.topicName());
            out.flush();
            write(broker.bootstrapServers());
            List<Double> constant = new ArrayList<>();
            List<Double> maths = new ArrayList<>();
            run(broker.bootstrapServers(), directory.resolve("warm-up"), RateCall.BY_CATALOGUE);
            for (int round = 1; round <= ROUNDS; round++) {
                constant.add(run(
                        broker.bootstrapServers(),
                        directory.resolve("constant-" + round),
                        (all, call, own) -> BenchRecords.CONSTANT));
                print(out, "constant", round, constant.get(round - 1));
                maths.add(run(broker.bootstrapServers(), directory.resolve("maths-" + round), RateCall.BY_CATALOGUE));
                print(out, "footprint", round, maths.get(round - 1));
            }
            out.println(summary(constant, maths));
            out.flush();
        } finally {
            PrivateFolders.delete(directory);
        }
        return 0;
    }

    private void print(PrintWriter out, String what, int round, double seconds) {
        out.println(String.format(
                Locale.ROOT,
                "%-10s round %d %,12d events in %6.1f s, %,10.0f a second",
                what,
                round,
                events,
                seconds,
                events / seconds));
        out.flush();
    }

    /** Seconds of the whole job, start and last commit included, which both kinds share. */
    private static double run(String bootstrapServers, Path checkpoints, RateCall rate) throws Exception {
        JobConfig config = JobConfig.of(bootstrapServers, "unused", "unused", "unused");
        var configuration = JobEnvironment.local(Files.createDirectories(checkpoints), Duration.ofSeconds(2));
        configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(768));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(PARALLELISM, configuration);
        EnrichmentJob.build(
                env,
                config,
                new EnrichmentJob.EnrichmentSources(
                        bounded(bootstrapServers, Topic.EVENTS_RAW, new ReadRawRecord()),
                        bounded(bootstrapServers, Topic.REFERENCE, new ReadReference()),
                        EndOffset.ofReferenceTopic(KafkaSettings.plaintext(bootstrapServers))),
                EnrichmentJob.EnrichmentSinks.kafka(config),
                rate);
        long start = System.nanoTime();
        env.execute(EnrichmentJob.NAME);
        return (System.nanoTime() - start) / 1e9;
    }

    private static <T> KafkaSource<T> bounded(
            String bootstrapServers, Topic topic, KafkaRecordDeserializationSchema<T> schema) {
        return KafkaSource.<T>builder()
                .setProperties(KafkaSettings.plaintext(bootstrapServers).properties())
                .setTopics(topic.topicName())
                .setGroupId("ecomind-bench")
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setBounded(OffsetsInitializer.latest())
                .setDeserializer(schema)
                .build();
    }

    private void write(String bootstrapServers) {
        var failure = new AtomicReference<@Nullable Exception>();
        try (KafkaProducer<byte[], byte[]> producer = BenchRecords.producer(bootstrapServers)) {
            BenchRecords.reference().forEach(producer::send);
            long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
            for (int i = 0; i < events; i++) {
                producer.send(
                        new ProducerRecord<>(
                                Topic.EVENTS_RAW.topicName(),
                                i % Topic.EVENTS_RAW.partitions(),
                                null,
                                BenchRecords.event(i, now - 3_600_000_000L + i, now + i / 1_000)),
                        (metadata, e) -> {
                            if (e != null) {
                                failure.set(e);
                            }
                        });
            }
        }
        if (failure.get() != null) {
            throw new CommandException("Kafka did not acknowledge the events: " + failure.get(), failure.get());
        }
    }

    /** States the difference only when it is larger than the spread among rounds of the same kind. */
    static String summary(List<Double> constant, List<Double> maths) {
        double difference = median(maths) - median(constant);
        String seconds = String.format(
                Locale.ROOT,
                "median of %d rounds: %.1f s with the footprint calculation, %.1f s with a constant in its place",
                constant.size(),
                median(maths),
                median(constant));
        if (Math.abs(difference) <= Math.max(spread(constant), spread(maths))) {
            return seconds
                    + "; rounds of the same kind differ by as much, so no cost can be told from this (try more --events)";
        }
        return seconds
                + String.format(
                        Locale.ROOT,
                        "; the calculation makes the job %.0f %% %s",
                        100 * Math.abs(difference) / median(constant),
                        difference > 0 ? "slower" : "faster, which only other load on the machine explains");
    }

    private static double spread(List<Double> values) {
        return Collections.max(values) - Collections.min(values);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
