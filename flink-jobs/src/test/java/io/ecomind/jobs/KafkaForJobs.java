package io.ecomind.jobs;

import io.ecomind.contracts.Topic;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.TopicContent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;

/** A broker of one test class with what the tests need to write, read and run jobs. */
public final class KafkaForJobs implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final EmbeddedKafkaBroker broker;
    private final KafkaProducer<byte[], byte[]> producer;

    public KafkaForJobs(Path directory) {
        this(directory, FreePorts.find(2));
    }

    /** A broker on known ports: its own and its controller's. */
    public KafkaForJobs(Path directory, int[] ports) {
        broker = EmbeddedKafkaBroker.start(directory, ports[0], ports[1]);
        EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    /** Returns the offset. */
    public long write(Topic topic, int partition, byte[] value) throws Exception {
        // A compacted topic takes no record without a key; every record keeps its own here.
        byte[] key = topic == Topic.REFERENCE ? UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8) : null;
        return producer.send(new ProducerRecord<>(topic.topicName(), partition, key, value))
                .get(30, TimeUnit.SECONDS)
                .offset();
    }

    /** Writes the value into every partition. */
    public void writeEverywhere(Topic topic, byte[] value) throws Exception {
        for (int partition = 0; partition < topic.partitions(); partition++) {
            write(topic, partition, value);
        }
    }

    /** All committed records of a topic. */
    public List<ConsumerRecord<byte[], byte[]>> read(Topic topic) {
        return TopicContent.read(bootstrapServers(), topic);
    }

    /** An environment of its own cluster with checkpoints every 300 ms. */
    public static StreamExecutionEnvironment environment(Path checkpoints) {
        return environment(checkpoints, 2);
    }

    /** The same with another parallelism. */
    public static StreamExecutionEnvironment environment(Path checkpoints, int parallelism) {
        var configuration = JobEnvironment.local(checkpoints, Duration.ofMillis(300));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
        env.setParallelism(parallelism);
        return env;
    }

    /** Waits until the call gives a result that is wanted; fails with the last one after a minute. */
    public static <T> T await(Callable<T> call, Predicate<T> wanted) {
        return Awaitility.await()
                .atMost(DEADLINE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(100))
                .until(call, wanted);
    }

    @Override
    public void close() {
        producer.close();
        broker.close();
    }
}
