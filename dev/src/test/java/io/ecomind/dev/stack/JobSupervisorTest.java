package io.ecomind.dev.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.ecomind.jobs.runtime.UnreachablePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("integration")
class JobSupervisorTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final AtomicBoolean FAILING = new AtomicBoolean();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private MiniCluster cluster;

    private final List<JobID> submitted = Collections.synchronizedList(new ArrayList<>());

    /** Fails while it is told to. */
    static final class FailWhenAsked implements MapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public Long map(Long value) {
            if (FAILING.get()) {
                throw new IllegalStateException("wrapped", new UnsupportedOperationException("what a sender sent"));
            }
            return value;
        }
    }

    @BeforeEach
    void start() throws Exception {
        FAILING.set(false);
        var configuration = new Configuration();
        UnreachablePorts.configure(configuration, directory);
        cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(1)
                .build());
        cluster.start();
    }

    @AfterEach
    void stop() throws Exception {
        cluster.closeAsync().get(1, TimeUnit.MINUTES);
    }

    @Test
    void a_cancelled_job_is_started_again_and_its_restart_stays_visible() throws Exception {
        try (JobSupervisor supervisor = JobSupervisor.start(cluster, List.of("counting"), this::submit)) {
            await().atMost(PATIENCE).until(() -> supervisor.problem() == null);
            assertThat(supervisor.note()).isNull();

            cluster.cancelJob(submitted.get(0)).get(1, TimeUnit.MINUTES);

            await().atMost(PATIENCE).until(() -> submitted.size() == 2 && supervisor.problem() == null);
            assertThat(supervisor.note())
                    .isEqualTo("job counting restarted 1 time, last because of its end (CANCELED)");
        }
    }

    @Test
    void a_job_that_fails_again_and_again_is_not_ready_until_it_completes_a_checkpoint() throws Exception {
        try (JobSupervisor supervisor = JobSupervisor.start(cluster, List.of("counting"), this::submit)) {
            await().atMost(PATIENCE).until(() -> supervisor.problem() == null);

            FAILING.set(true);
            await().atMost(PATIENCE)
                    .until(() -> String.valueOf(supervisor.note()).contains("times"));
            assertThat(supervisor.problem())
                    .contains("job counting", "last because of UnsupportedOperationException")
                    .doesNotContain("what a sender sent");

            FAILING.set(false);
            await().atMost(PATIENCE).until(() -> supervisor.problem() == null);
            assertThat(supervisor.note()).contains("last because of UnsupportedOperationException");
            assertThat(submitted).as("Flink restarts it by itself").hasSize(1);
        }
    }

    @Test
    void nobody_reaches_the_cluster_by_its_ports() throws Exception {
        int port = cluster.getRestAddress().get(1, TimeUnit.MINUTES).getPort();

        assertThatThrownBy(() -> get("https://127.0.0.1:" + port + "/jobs")).isInstanceOf(IOException.class);
        // Flink sends clients without TLS there.
        assertThat(get("http://127.0.0.1:" + port + "/jobs").statusCode()).isBetween(300, 399);
    }

    private static HttpResponse<String> get(String url) throws IOException, InterruptedException {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create(url))
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private JobID submit(String name) throws Exception {
        var configuration = new Configuration();
        configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, Integer.MAX_VALUE);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(1);
        env.fromSource(
                        new DataGeneratorSource<>(
                                number -> number, Long.MAX_VALUE, RateLimiterStrategy.perSecond(100), Types.LONG),
                        WatermarkStrategy.noWatermarks(),
                        "numbers")
                .map(new FailWhenAsked())
                .sinkTo(new DiscardingSink<>());
        var graph = env.getStreamGraph();
        graph.setJobName(name);
        JobID id = cluster.submitJob(graph.getJobGraph()).get().getJobID();
        submitted.add(id);
        return id;
    }
}
