package io.ecomind.connect;

import io.ecomind.contracts.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks Kafka for what could lose events or tear transactions although every process of Ecomind is well: the older protocol
 * of transactions, too few replicas, too short a retention, leaders that lack records. Thread-safe. Trouble with Kafka is a {@link KafkaException}.
 */
public final class BrokerCheck implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BrokerCheck.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final String TRANSACTION_FEATURE = "transaction.version";
    private static final String MIN_IN_SYNC = "min.insync.replicas";
    private static final String RETENTION = "retention.ms";
    private static final String RETENTION_BYTES = "retention.bytes";
    private static final String UNCLEAN_ELECTION = "unclean.leader.election.enable";
    private static final String CLEANUP = "cleanup.policy";

    /** With it, brokers know for each transaction which of its writes belong to it. */
    private static final short GOOD_TRANSACTION_VERSION = 2;

    private static final int GOOD_REPLICATION = 3;
    private static final int GOOD_MIN_IN_SYNC = 2;
    private static final Duration GOOD_RETENTION = Duration.ofDays(35);

    private final KafkaSettings kafka;
    private final Thread thread;
    private volatile @Nullable String note;

    private BrokerCheck(KafkaSettings kafka) {
        this.kafka = kafka;
        thread = new Thread(this::checkOnce, "broker-check");
        thread.setDaemon(true);
    }

    /**
     * Checks once, in the background and as soon as Kafka answers, and logs the warnings. Nothing waits for it: a process
     * starts while Kafka is away.
     */
    public static BrokerCheck start(KafkaSettings kafka) {
        var check = new BrokerCheck(kafka);
        check.thread.start();
        return check;
    }

    /** The warnings in one line; null when there is none, or none yet. */
    public @Nullable String note() {
        return note;
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    /** One sentence for each thing that a production installation should not have; empty when there is none. */
    public static List<String> warnings(KafkaSettings kafka) {
        try (Admin admin = kafka.admin(Map.of(
                "client.id",
                "ecomind-broker-check",
                "request.timeout.ms",
                Long.toString(TIMEOUT.toMillis() / 2),
                "default.api.timeout.ms",
                Long.toString(TIMEOUT.toMillis())))) {
            List<String> warnings = new ArrayList<>();
            checkTransactions(admin, warnings);
            Map<String, List<String>> topicsByFault = new TreeMap<>();
            checkTopics(admin, topicsByFault);
            topicsByFault.forEach((fault, topics) -> warnings.add(fault + ": " + String.join(", ", topics)));
            return warnings;
        }
    }

    /** The same for the start of a process; logs them. Kafka that does not answer is a warning too, and no failure. */
    public static List<String> logWarnings(KafkaSettings kafka) {
        List<String> warnings;
        try {
            warnings = warnings(kafka);
        } catch (KafkaException e) {
            warnings = List.of("Kafka could not be checked: " + e.getClass().getSimpleName());
        }
        warnings.forEach(
                warning -> log.atWarn().addKeyValue("warning", warning).log("Kafka is not fit for production"));
        return warnings;
    }

    private void checkOnce() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                List<String> warnings = warnings(kafka);
                warnings.forEach(
                        warning -> log.atWarn().addKeyValue("warning", warning).log("Kafka is not fit for production"));
                note = warnings.isEmpty() ? null : String.join("; ", warnings);
                return;
            } catch (InterruptException stopped) {
                return;
            } catch (KafkaException notYet) {
                log.atInfo().addKeyValue("cause", String.valueOf(notYet)).log("Kafka could not be checked yet");
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private static void checkTransactions(Admin admin, List<String> warnings) {
        FinalizedVersionRange version = get(admin.describeFeatures().featureMetadata())
                .finalizedFeatures()
                .get(TRANSACTION_FEATURE);
        int level = version == null ? 0 : version.maxVersionLevel();
        if (level < GOOD_TRANSACTION_VERSION) {
            warnings.add("the feature " + TRANSACTION_FEATURE + " is " + level + " and should be at least "
                    + GOOD_TRANSACTION_VERSION + ": a late write of an ended transaction could join the next one");
        }
    }

    private static void checkTopics(Admin admin, Map<String, List<String>> topicsByFault) {
        List<String> names = get(admin.listTopics().names()).stream()
                .filter(name -> Arrays.stream(Topic.values())
                        .anyMatch(topic -> topic.topicName().equals(name)))
                .sorted()
                .toList();
        Map<String, TopicDescription> descriptions =
                get(admin.describeTopics(names).allTopicNames());
        Map<ConfigResource, Config> configs = get(admin.describeConfigs(names.stream()
                        .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                        .toList())
                .all());
        for (Topic topic : Topic.values()) {
            TopicDescription description = descriptions.get(topic.topicName());
            Config config = configs.get(new ConfigResource(ConfigResource.Type.TOPIC, topic.topicName()));
            if (description == null || config == null) {
                add(topicsByFault, "these topics do not exist", topic.topicName());
                continue;
            }
            check(topic.topicName(), description, config, topicsByFault);
            checkLoss(topic.topicName(), config, topicsByFault);
        }
    }

    private static void check(
            String topic, TopicDescription description, Config config, Map<String, List<String>> topicsByFault) {
        int replicas = description.partitions().stream()
                .mapToInt(partition -> partition.replicas().size())
                .min()
                .orElse(0);
        if (replicas < GOOD_REPLICATION) {
            add(topicsByFault, "kept on " + replicas + " broker(s) and should be on " + GOOD_REPLICATION, topic);
        }
        long inSync = number(config, MIN_IN_SYNC, GOOD_MIN_IN_SYNC);
        if (inSync < GOOD_MIN_IN_SYNC) {
            add(topicsByFault, MIN_IN_SYNC + " is " + inSync + " and should be at least " + GOOD_MIN_IN_SYNC, topic);
        }
        long retention = number(config, RETENTION, -1);
        // A negative one keeps records for ever, and where records are only compacted it has no meaning.
        if (retention >= 0
                && retention < GOOD_RETENTION.toMillis()
                && text(config, CLEANUP).contains("delete")) {
            add(
                    topicsByFault,
                    "kept for " + Duration.ofMillis(retention).toHours() + " hours and should be for "
                            + GOOD_RETENTION.toDays() + " days, because what is older cannot be counted again",
                    topic);
        }
    }

    /** What loses records however young they are. */
    private static void checkLoss(String topic, Config config, Map<String, List<String>> topicsByFault) {
        long bytes = number(config, RETENTION_BYTES, -1);
        if (bytes >= 0 && text(config, CLEANUP).contains("delete")) {
            add(
                    topicsByFault,
                    RETENTION_BYTES + " is " + bytes + " and should be -1: what is removed by size may be younger than "
                            + GOOD_RETENTION.toDays() + " days",
                    topic);
        }
        if (text(config, UNCLEAN_ELECTION).equals("true")) {
            add(
                    topicsByFault,
                    UNCLEAN_ELECTION + " is true and should be false: a replica that lacks records could lead",
                    topic);
        }
    }

    private static void add(Map<String, List<String>> topicsByFault, String fault, String topic) {
        topicsByFault.computeIfAbsent(fault, any -> new ArrayList<>()).add(topic);
    }

    private static long number(Config config, String name, long defaultValue) {
        String value = text(config, name);
        return value.matches("-?\\d{1,18}") ? Long.parseLong(value) : defaultValue;
    }

    private static String text(Config config, String name) {
        ConfigEntry entry = config.get(name);
        return entry == null || entry.value() == null ? "" : entry.value();
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("Kafka does not answer within " + TIMEOUT.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }
}
