package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.ecomind.connect.BrokerCheck;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.Topic;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("integration")
class BrokerCheckTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void what_is_not_fit_for_production_is_named() throws Exception {
        int[] ports = FreePorts.find(2);
        try (var broker = EmbeddedKafkaBroker.start(directory, ports[0], ports[1])) {
            KafkaSettings kafka = KafkaSettings.plaintext(broker.bootstrapServers());
            EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);

            List<String> ofOneBroker = BrokerCheck.warnings(kafka);
            assertThat(ofOneBroker)
                    .hasSize(2)
                    .anyMatch(warning -> warning.startsWith("kept on 1 broker(s) and should be on 3: events.raw"))
                    .anyMatch(warning -> warning.startsWith("min.insync.replicas is 1 and should be at least 2: "));

            try (Admin admin = kafka.admin(Map.of())) {
                var raw = new ConfigResource(ConfigResource.Type.TOPIC, Topic.EVENTS_RAW.topicName());
                admin.incrementalAlterConfigs(Map.of(
                                raw,
                                List.of(
                                        set("retention.ms", "86400000"),
                                        set("retention.bytes", "1000000"),
                                        set("unclean.leader.election.enable", "true"))))
                        .all()
                        .get(1, TimeUnit.MINUTES);
                admin.updateFeatures(
                                Map.of(
                                        "transaction.version",
                                        new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE)),
                                new UpdateFeaturesOptions())
                        .all()
                        .get(1, TimeUnit.MINUTES);
            }
            assertThat(BrokerCheck.warnings(kafka))
                    .hasSize(6)
                    .containsAll(ofOneBroker)
                    .anyMatch(warning -> warning.startsWith("the feature transaction.version is 1"))
                    .anyMatch(warning -> warning.startsWith("kept for 24 hours and should be for 35 days")
                            && warning.endsWith(": events.raw"))
                    .anyMatch(warning -> warning.startsWith("retention.bytes is 1000000 and should be -1")
                            && warning.endsWith(": events.raw"))
                    .anyMatch(warning -> warning.startsWith("unclean.leader.election.enable is true")
                            && warning.endsWith(": events.raw"));
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    @Test
    void a_kafka_that_is_away_keeps_no_process_from_starting() {
        KafkaSettings nowhere = KafkaSettings.plaintext("127.0.0.1:" + FreePorts.find(1)[0]);

        assertThatCode(() -> {
                    try (BrokerCheck check = BrokerCheck.start(nowhere)) {
                        assertThat(check.note()).isNull();
                    }
                })
                .doesNotThrowAnyException();
    }
}
