package io.ecomind.cli.repair;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Installation;
import io.ecomind.cli.verify.MissingRecords;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Topic;
import io.ecomind.jobs.enrichment.MissingRecordEnricher;
import io.ecomind.jobs.enrichment.MissingRecordEnricher.EnrichedMissingRecord;
import io.ecomind.jobs.enrichment.MissingRecordEnricher.RepairDisposition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ProducerFencedException;

/**
 * One repair: appends exactly raw ∖ (ledger ∪ rejected), in one Kafka transaction. Stateless.
 *
 * <p>All repairs have one transactional id. A repair initialises it before it searches, and Kafka then fences every earlier
 * repair; so the records that it finds missing stay missing until its own commit, or its own commit fails. The enrichment
 * cannot append them: it has read past them, and all of its transactions below are decided.
 */
public final class Repair {
    static final String TRANSACTIONAL_ID = "ecomind-repair";
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(5);

    private Repair() {}

    /** What one missing record becomes. */
    public record RepairedRecord(int partition, long offset, EnrichedMissingRecord result) {}

    /**
     * What was done, or would be.
     *
     * @param undecided records that are too young to tell
     */
    public record RepairResult(List<RepairedRecord> records, long undecided) {
        public long count(RepairDisposition disposition) {
            return records.stream()
                    .filter(record -> record.result().disposition() == disposition)
                    .count();
        }
    }

    /** Lists what a repair would append. Does not fence a repair that runs. */
    public static RepairResult preview(Installation installation, Consumer<String> say) {
        return find(installation, say);
    }

    /**
     * Appends what is missing.
     *
     * @throws CommandException when another repair took over, or nothing can be said of the records yet; nothing is
     *     appended then
     */
    public static RepairResult run(Installation installation, Consumer<String> say) {
        Map<String, Object> config = Map.of(
                "transactional.id",
                TRANSACTIONAL_ID,
                "transaction.timeout.ms",
                Long.toString(TRANSACTION_TIMEOUT.toMillis()),
                "compression.type",
                "lz4");
        try (var producer = installation.kafka().producer(config)) {
            producer.initTransactions();
            RepairResult outcome = find(installation, say);
            append(producer, outcome.records());
            return outcome;
        } catch (ProducerFencedException e) {
            throw new CommandException(
                    "another repair was started and has fenced this one, which has appended nothing");
        } catch (KafkaException e) {
            throw new CommandException("nothing was appended: " + e.getMessage(), e);
        }
    }

    private static RepairResult find(Installation installation, Consumer<String> say) {
        MissingRecords.FoundRecords found = MissingRecords.find(installation, say);
        List<RepairedRecord> records = new ArrayList<>();
        if (!found.records().isEmpty()) {
            MissingRecordEnricher lost = rating(installation);
            for (ConsumerRecord<byte[], byte[]> record : found.records()) {
                records.add(new RepairedRecord(record.partition(), record.offset(), lost.of(record)));
            }
        }
        return new RepairResult(List.copyOf(records), found.undecided());
    }

    private static MissingRecordEnricher rating(Installation installation) {
        try {
            return MissingRecordEnricher.with(MissingRecords.reference(installation), Limits.HORIZON);
        } catch (IllegalStateException e) {
            throw new CommandException(e.getMessage() + "; nothing can be rated until it is published whole", e);
        }
    }

    private static void append(KafkaProducer<byte[], byte[]> producer, List<RepairedRecord> records) {
        List<Future<?>> sent = new ArrayList<>();
        if (records.stream().allMatch(record -> record.result().disposition() == RepairDisposition.DUPLICATE)) {
            return;
        }
        producer.beginTransaction();
        for (RepairedRecord record : records) {
            switch (record.result().disposition()) {
                case COUNTED -> sent.add(producer.send(record.result().to(Topic.EVENTS_ENRICHED.topicName())));
                case REJECTED -> sent.add(producer.send(record.result().to(Topic.EVENTS_REJECTED.topicName())));
                case DUPLICATE -> {
                    // An earlier record of this repair has its identity.
                }
            }
        }
        producer.flush();
        for (Future<?> one : sent) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommandException("interrupted; nothing was appended", e);
            }
        }
        try {
            producer.commitTransaction();
        } catch (ProducerFencedException e) {
            throw e;
        } catch (KafkaException e) {
            throw new CommandException(
                    "Kafka did not say whether the repair is committed (" + e.getMessage()
                            + "); run it again: it searches before it appends",
                    e);
        }
    }
}
