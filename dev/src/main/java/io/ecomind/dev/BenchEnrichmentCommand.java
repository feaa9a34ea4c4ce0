package io.ecomind.dev;

import io.ecomind.contracts.ReferenceHash;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.factors.FactorSetFiles;
import io.ecomind.contracts.v1.FactorSet;
import io.ecomind.contracts.v1.FactorSetPart;
import io.ecomind.contracts.v1.Organisation;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.ReferenceManifest;
import io.ecomind.contracts.v1.ReferenceRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.dev.stack.StackException;
import io.ecomind.footprint.Amounts;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.Rating;
import io.ecomind.jobs.JobConfig;
import io.ecomind.jobs.JobEnvironment;
import io.ecomind.jobs.enrichment.EndOffset;
import io.ecomind.jobs.enrichment.EnrichmentJob;
import io.ecomind.jobs.enrichment.RateCall;
import io.ecomind.jobs.enrichment.ReadRawRecord;
import io.ecomind.jobs.enrichment.ReadReference;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.FreePorts;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures what the footprint costs: the enrichment job over distinct events, from Kafka to Kafka with its state and its
 * checkpoints, by turns with the catalogue and with a constant in its place. Both in one run, on the same records.
 */
@Command(
        name = "enrichment",
        description = "The enrichment job with the footprint's maths against the same job with a constant.")
final class BenchEnrichmentCommand implements Callable<Integer> {
    private static final int ROUNDS = 3;
    private static final int PARALLELISM = 2;

    /** What real traffic mixes: listed names, aliases, dated names, sizes, classes, nobody's. */
    private static final String[][] MODELS = {
        {"openai", "gpt-4o"},
        {"openai", "gpt-4o-mini"},
        {"openai", "gpt-5.1"},
        {"openai", "o3-mini"},
        {"azure", "gpt-4o-2024-11-20"},
        {"anthropic", "claude-sonnet-4-5-20250929"},
        {"anthropic", "claude-opus-4-5"},
        {"bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0"},
        {"google", "gemini-2.5-flash"},
        {"google", "gemini-2.5-pro"},
        {"mistral", "mistral-large-2411"},
        {"groq", "llama-3.3-70b-versatile"},
        {"together", "Qwen/Qwen3-235B-A22B"},
        {"openrouter", "deepseek/deepseek-r1"},
        {"cohere", "command-a-03-2025"},
        {"house", "house-model-1"}
    };

    private static final String[] REGIONS = {
        "", "USA", "FR", "us-east-1", "westeurope", "europe-west1", "DEU", "UNKNOWN"
    };

    /** The same size on the wire as a real rating. */
    private static final Rating CONSTANT = constant();

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
        if (events < 1_000 || events > 100_000_000) {
            throw new ParameterException(spec.commandLine(), "--events must be 1000 to 100000000, was " + events);
        }
        PrintWriter out = spec.commandLine().getOut();
        Path directory = Files.createTempDirectory("ecomind-bench-");
        int[] ports = FreePorts.find(2);
        try (var broker = EmbeddedKafkaBroker.start(directory.resolve("kafka"), ports[0], ports[1])) {
            EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
            out.println("writing " + Figures.count(events) + " distinct events to " + Topic.EVENTS_RAW.topicName());
            out.flush();
            write(broker.bootstrapServers());
            List<Double> constant = new ArrayList<>();
            List<Double> maths = new ArrayList<>();
            run(broker.bootstrapServers(), directory.resolve("warm-up"), RateCall.BY_CATALOGUE);
            for (int round = 1; round <= ROUNDS; round++) {
                constant.add(run(
                        broker.bootstrapServers(),
                        directory.resolve("constant-" + round),
                        (all, call, own) -> CONSTANT));
                print(out, "constant", round, constant.get(round - 1));
                maths.add(run(broker.bootstrapServers(), directory.resolve("maths-" + round), RateCall.BY_CATALOGUE));
                print(out, "footprint", round, maths.get(round - 1));
            }
            out.println(String.format(
                    Locale.ROOT,
                    "median of %d: %.1f s with the footprint, %.1f s with a constant; the footprint costs %.2f times the"
                            + " constant",
                    ROUNDS,
                    median(maths),
                    median(constant),
                    median(maths) / median(constant)));
            out.flush();
        } finally {
            delete(directory);
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
                new EnrichmentJob.Sources(
                        bounded(bootstrapServers, Topic.EVENTS_RAW, new ReadRawRecord()),
                        bounded(bootstrapServers, Topic.REFERENCE, new ReadReference()),
                        EndOffset.ofReferenceTopic(bootstrapServers)),
                EnrichmentJob.Sinks.kafka(config),
                rate);
        long start = System.nanoTime();
        env.execute(EnrichmentJob.NAME);
        return (System.nanoTime() - start) / 1e9;
    }

    private static <T> KafkaSource<T> bounded(
            String bootstrapServers, Topic topic, KafkaRecordDeserializationSchema<T> schema) {
        return KafkaSource.<T>builder()
                .setBootstrapServers(bootstrapServers)
                .setTopics(topic.topicName())
                .setGroupId("ecomind-bench")
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setBounded(OffsetsInitializer.latest())
                .setDeserializer(schema)
                .build();
    }

    private void write(String bootstrapServers) {
        var failure = new AtomicReference<@Nullable Exception>();
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "compression.type",
                        "lz4",
                        "linger.ms",
                        20,
                        "batch.size",
                        256 * 1024),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (ReferenceRecord record : reference()) {
                byte[] key =
                        (record.hasEntry() ? record.getEntry().getKey() : "manifest").getBytes(StandardCharsets.UTF_8);
                producer.send(new ProducerRecord<>(Topic.REFERENCE.topicName(), 0, key, record.toByteArray()));
            }
            long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
            for (int i = 0; i < events; i++) {
                producer.send(
                        new ProducerRecord<>(
                                Topic.EVENTS_RAW.topicName(), i % Topic.EVENTS_RAW.partitions(), null, event(i, now)),
                        (metadata, e) -> {
                            if (e != null) {
                                failure.set(e);
                            }
                        });
            }
        }
        if (failure.get() != null) {
            throw new StackException("Kafka did not take the events: " + failure.get(), failure.get());
        }
    }

    private static byte[] event(int i, long nowMicros) {
        String[] model = MODELS[i % MODELS.length];
        long tokensIn = 200 + i % 7_919;
        return RawRecord.newBuilder()
                .setEvent(UsageEvent.newBuilder()
                        .setOrgId("bench")
                        .setSource("bench")
                        .setId("event-" + i)
                        .setTsMicros(nowMicros - 3_600_000_000L + i)
                        .setReceivedAtMicros(nowMicros + i / 1_000)
                        .setUserId("user-" + i % 500)
                        .setProvider(model[0])
                        .setModel(model[1])
                        .setTokensIn(tokensIn)
                        .setTokensOut(20 + i % 1_009)
                        .setTokensCacheRead(i % 3 == 0 ? tokensIn / 2 : 0)
                        .setModality("text")
                        .setRegion(REGIONS[i % REGIONS.length]))
                .build()
                .toByteArray();
    }

    private static List<ReferenceRecord> reference() {
        FactorSetFiles files = FactorSetFiles.shipped();
        List<ReferenceEntry> entries = new ArrayList<>();
        for (FactorSetFiles.Part part : files.parts()) {
            entries.add(ReferenceEntry.newBuilder()
                    .setKey("set/" + FactorSetFiles.SHIPPED + "/" + part.number())
                    .setVersion(entries.size() + 1L)
                    .setFactorSetPart(FactorSetPart.newBuilder()
                            .setFactorSet(FactorSetFiles.SHIPPED)
                            .setNumber(part.number())
                            .setFile(part.file())
                            .setText(part.text()))
                    .build());
        }
        entries.add(ReferenceEntry.newBuilder()
                .setKey("set/" + FactorSetFiles.SHIPPED)
                .setVersion(entries.size() + 1L)
                .setFactorSet(FactorSet.newBuilder()
                        .setId(FactorSetFiles.SHIPPED)
                        .setParts(entries.size())
                        .setSha256(files.sha256()))
                .build());
        entries.add(ReferenceEntry.newBuilder()
                .setKey("org/bench")
                .setVersion(entries.size() + 1L)
                .setOrganisation(Organisation.newBuilder().setId("bench"))
                .build());
        var versions = new TreeMap<String, Long>();
        List<ReferenceRecord> records = new ArrayList<>();
        for (ReferenceEntry entry : entries) {
            versions.put(entry.getKey(), entry.getVersion());
            records.add(ReferenceRecord.newBuilder().setEntry(entry).build());
        }
        records.add(ReferenceRecord.newBuilder()
                .setManifest(ReferenceManifest.newBuilder()
                        .setVersion(1)
                        .setEntries(versions.size())
                        .setSha256(com.google.protobuf.ByteString.copyFrom(ReferenceHash.sha256(versions))))
                .build());
        return records;
    }

    private static Rating constant() {
        var amounts = new Amounts.Builder();
        for (Quantity quantity : Quantity.values()) {
            if (quantity != Quantity.CARBON_MARKET) {
                amounts.set(quantity, 398_745_358L, 739_781_557L, 1_649_630_895L);
            }
        }
        return new Rating(
                FactorSetFiles.SHIPPED,
                Rating.Match.EXACT,
                "openai/gpt-4o",
                "parametric",
                Rating.GridMatch.REGION,
                "USA",
                "year",
                3,
                amounts.build());
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
