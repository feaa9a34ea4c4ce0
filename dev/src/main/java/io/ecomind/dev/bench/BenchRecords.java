package io.ecomind.dev.bench;

import com.google.protobuf.ByteString;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.ReferenceHash;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.FactorSet;
import io.ecomind.contracts.v1.FactorSetPart;
import io.ecomind.contracts.v1.Organisation;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.ReferenceManifest;
import io.ecomind.contracts.v1.ReferenceRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.footprint.Amounts;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.Rating;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Records that the benchmarks of the enrichment read. Stateless. */
final class BenchRecords {
    /** A mix as in real traffic: listed names, aliases, dated names, names with sizes, classes, unknown names. */
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

    /** A rating of the same size on the wire as a real one. */
    static final Rating CONSTANT = constant();

    private BenchRecords() {}

    /** A producer with large batches, for a throwaway broker without passwords; the caller closes it. */
    static KafkaProducer<byte[], byte[]> producer(String bootstrapServers) {
        return KafkaSettings.plaintext(bootstrapServers)
                .producer(Map.of("compression.type", "lz4", "linger.ms", 20, "batch.size", 256 * 1024));
    }

    /** The {@code i}-th event on the wire; equal for equal arguments. */
    static byte[] event(int i, long tsMicros, long receivedAtMicros) {
        String[] model = MODELS[i % MODELS.length];
        long tokensIn = 200 + i % 7_919;
        return RawRecord.newBuilder()
                .setEvent(UsageEvent.newBuilder()
                        .setOrgId("bench")
                        .setSource("bench")
                        .setId("event-" + i)
                        .setTsMicros(tsMicros)
                        .setReceivedAtMicros(receivedAtMicros)
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

    /** A whole snapshot of the reference topic: the shipped factor set and the organisation of the events. */
    static List<ProducerRecord<byte[], byte[]>> reference() {
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
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (ReferenceEntry entry : entries) {
            versions.put(entry.getKey(), entry.getVersion());
            records.add(record(
                    entry.getKey(), ReferenceRecord.newBuilder().setEntry(entry).build()));
        }
        records.add(record(
                "manifest",
                ReferenceRecord.newBuilder()
                        .setManifest(ReferenceManifest.newBuilder()
                                .setVersion(1)
                                .setEntries(versions.size())
                                .setSha256(ByteString.copyFrom(ReferenceHash.sha256(versions))))
                        .build()));
        return records;
    }

    private static ProducerRecord<byte[], byte[]> record(String key, ReferenceRecord record) {
        return new ProducerRecord<>(
                Topic.REFERENCE.topicName(), 0, key.getBytes(StandardCharsets.UTF_8), record.toByteArray());
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
}
