package io.ecomind.connect;

import io.ecomind.contracts.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Creates all topics of {@link Topic} and compares those that are there with what they should be. Not thread-safe. Trouble
 * with Kafka is a {@link KafkaException}.
 *
 * <p>Partitions and replicas of a topic that exists are never changed: partition {@code p} of one topic belongs to partition
 * {@code p} of another, and moving replicas is the cluster's own business.
 */
public final class TopicProvisioner implements AutoCloseable {
    /** The replication factor that the cluster is configured with. */
    public static final short CLUSTER_DEFAULT = -1;

    private static final long TIMEOUT_SECONDS = 60;
    private static final String MIN_IN_SYNC = "min.insync.replicas";

    private final Admin admin;
    private final short replication;
    private final int minInSync;

    /**
     * One thing about a topic that is not as it should be.
     *
     * @param what in words
     * @param mendable false where only a person can mend it
     */
    public record Difference(Topic topic, String what, boolean mendable) {
        @Override
        public String toString() {
            return topic.topicName() + " " + what;
        }
    }

    /**
     * Connects when it is first asked something.
     *
     * @param replication replicas of each partition, or {@link #CLUSTER_DEFAULT}
     * @param minInSync replicas that must have a record before it is acknowledged; 0 leaves that to the cluster
     */
    public TopicProvisioner(KafkaSettings kafkaSettings, short replication, int minInSync) {
        this.admin = kafkaSettings.admin(Map.of());
        this.replication = replication;
        this.minInSync = minInSync;
    }

    /** Creates the topics that are not there yet, and returns when their leaders serve them. */
    public static void create(KafkaSettings kafkaSettings, short replication) {
        try (var provisioner = new TopicProvisioner(kafkaSettings, replication, 0)) {
            provisioner.createMissing();
        }
    }

    /** What is not as it should be; empty when all topics are. Changes nothing. */
    public List<Difference> differences() {
        Set<String> existing = get(admin.listTopics().names());
        List<Difference> found = new ArrayList<>();
        List<Topic> present = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            if (existing.contains(topic.topicName())) {
                present.add(topic);
            } else {
                found.add(new Difference(topic, "does not exist", true));
            }
        }
        if (present.isEmpty()) {
            return found;
        }
        Map<String, TopicDescription> descriptions =
                get(admin.describeTopics(present.stream().map(Topic::topicName).toList())
                        .allTopicNames());
        Map<ConfigResource, Config> configs = get(admin.describeConfigs(
                        present.stream().map(TopicProvisioner::resource).toList())
                .all());
        for (Topic topic : present) {
            TopicDescription description = descriptions.get(topic.topicName());
            Config config = configs.get(resource(topic));
            if (description == null || config == null) {
                throw new KafkaException("Kafka does not describe the topic " + topic.topicName());
            }
            compare(topic, description, config, found);
        }
        return found;
    }

    /**
     * Creates missing topics and sets what differs in the configuration of the others.
     *
     * @return what remains, for a person to mend
     */
    public List<Difference> apply() {
        createMissing();
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        for (Difference difference : differences()) {
            if (difference.mendable()) {
                changes.computeIfAbsent(
                        resource(difference.topic()),
                        resource -> wanted(difference.topic()).entrySet().stream()
                                .map(entry -> new AlterConfigOp(
                                        new ConfigEntry(entry.getKey(), entry.getValue()), AlterConfigOp.OpType.SET))
                                .toList());
            }
        }
        if (!changes.isEmpty()) {
            get(admin.incrementalAlterConfigs(changes).all());
        }
        return differences();
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(5));
    }

    private void createMissing() {
        Set<String> existing = get(admin.listTopics().names());
        List<NewTopic> missing = Arrays.stream(Topic.values())
                .filter(topic -> !existing.contains(topic.topicName()))
                .map(topic -> new NewTopic(topic.topicName(), topic.partitions(), replication).configs(wanted(topic)))
                .toList();
        get(admin.createTopics(missing).all());
        awaitLeaders();
    }

    private void compare(Topic topic, TopicDescription description, Config config, List<Difference> found) {
        if (description.partitions().size() != topic.partitions()) {
            found.add(new Difference(
                    topic,
                    "has " + description.partitions().size() + " partitions instead of " + topic.partitions(),
                    false));
        }
        if (replication != CLUSTER_DEFAULT) {
            int least = description.partitions().stream()
                    .mapToInt(partition -> partition.replicas().size())
                    .min()
                    .orElse(0);
            if (least < replication) {
                found.add(new Difference(topic, "has " + least + " replicas instead of " + replication, false));
            }
        }
        new TreeMap<>(wanted(topic)).forEach((name, value) -> {
            ConfigEntry entry = config.get(name);
            String actual = entry == null ? "" : entry.value();
            if (!value.equals(actual)) {
                found.add(new Difference(topic, "has " + name + "=" + actual + " instead of " + value, true));
            }
        });
    }

    private Map<String, String> wanted(Topic topic) {
        Map<String, String> config = new HashMap<>(topic.config());
        if (minInSync > 0) {
            config.put(MIN_IN_SYNC, Integer.toString(minInSync));
        }
        return config;
    }

    /**
     * A topic is announced before its leaders serve it. A producer that pipelines into that gap may have its second batch
     * taken and its first refused, again and again, because a partition without history takes any first sequence number.
     */
    private void awaitLeaders() {
        List<String> names = Arrays.stream(Topic.values()).map(Topic::topicName).toList();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (true) {
            try {
                Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
                get(admin.describeTopics(names).allTopicNames())
                        .forEach((name, description) -> description
                                .partitions()
                                .forEach(partition -> ends.put(
                                        new TopicPartition(name, partition.partition()), OffsetSpec.latest())));
                // Only a serving leader answers. The client asks again by itself, but not while it does not know a
                // topic.
                get(admin.listOffsets(ends).all());
                return;
            } catch (RetriableException notYet) {
                if (System.nanoTime() > deadline) {
                    throw notYet;
                }
            }
        }
    }

    private static ConfigResource resource(Topic topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic.topicName());
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("Kafka does not answer within " + TIMEOUT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }
}
