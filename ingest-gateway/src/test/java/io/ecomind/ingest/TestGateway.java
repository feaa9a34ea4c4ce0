package io.ecomind.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.RedisSettings;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.ingest.grpc.GrpcLimits;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.http.HttpLimits;
import io.ecomind.service.http.HttpServer;
import io.ecomind.service.http.ManagementAddress;
import io.ecomind.service.http.ManagementServer;
import io.ecomind.testkit.ContractHttpClient;
import io.ecomind.testkit.EmbeddedRedisServer;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.PrivateFolders;
import io.ecomind.testkit.TestDatabase;
import io.ecomind.testkit.TestKafka;
import io.ecomind.testkit.TopicContent;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;

/** A gateway with its HTTP server and gRPC on free ports, on the real servers of the testkit. */
public final class TestGateway implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String ORIGIN = "https://app.example.org";
    private static final AtomicInteger ORGANISATIONS = new AtomicInteger();
    private static final ContractHttpClient HTTP = new ContractHttpClient();
    private static final HttpClient PLAIN_HTTP = HttpClient.newHttpClient();

    final PrometheusRegistry metrics = new PrometheusRegistry();
    final IngestGateway gateway;
    private final ManagementServer management;
    final HttpServer http;
    final int httpPort;
    public final int grpcPort;
    private final String bootstrapServers;

    private static final class SharedRedis {
        private static final EmbeddedRedisServer INSTANCE = start();

        private static EmbeddedRedisServer start() {
            try {
                Path directory = Files.createTempDirectory("ecomind-test-redis");
                var redis = EmbeddedRedisServer.start(directory, FreePorts.find(1)[0]);
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    try {
                        redis.close();
                        PrivateFolders.delete(directory);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }));
                return redis;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The answer to an HTTP request. */
    record Reply(int status, Map<String, List<String>> headers, JsonNode body) {
        String code() {
            return body.path("code").asText();
        }

        String header(String name) {
            return headers.getOrDefault(name, List.of("")).get(0);
        }
    }

    /** An organisation of its own and a key for it, so that tests do not see each other. */
    public record Tenant(String org, ApiKey key) {
        public String authorization() {
            return "Bearer " + key.text().value();
        }
    }

    private TestGateway(
            GatewayConfig config, IngestLimits ingest, Clock clock, HttpLimits limits, GrpcLimits grpcLimits) {
        this.bootstrapServers = config.kafka().bootstrapServers();
        this.gateway = IngestGateway.create(config, ingest, clock, metrics);
        this.management = ManagementServer.start(
                ManagementAddress.onLoopback(), HttpLimits.MANAGEMENT, metrics, gateway.readiness());
        this.http = HttpServer.start(
                new HttpServer.Address(config.host(), 0, config.tls()),
                limits,
                metrics,
                gateway.authenticator(),
                gateway.features());
        this.httpPort = http.port();
        this.grpcPort = gateway.startGrpc(grpcLimits);
    }

    public static TestGateway start() {
        return start(config(TestKafka.bootstrapServers(), SharedRedis.INSTANCE.url()), Clock.systemUTC());
    }

    public static TestGateway start(GatewayConfig config, Clock clock) {
        return start(config, IngestLimits.DEFAULT, clock);
    }

    static TestGateway start(GatewayConfig config, IngestLimits limits, Clock clock) {
        return ready(new TestGateway(config, limits, clock, HttpLimits.DEFAULT, GrpcLimits.DEFAULT));
    }

    /** Whose clients have other limits. */
    public static TestGateway start(HttpLimits limits, GrpcLimits grpcLimits) {
        return ready(new TestGateway(
                config(TestKafka.bootstrapServers(), SharedRedis.INSTANCE.url()),
                IngestLimits.DEFAULT,
                Clock.systemUTC(),
                limits,
                grpcLimits));
    }

    private static TestGateway ready(TestGateway gateway) {
        await(() -> gateway.readiness().status() == 200);
        return gateway;
    }

    static TestGateway startUnready(GatewayConfig config, Clock clock) {
        return new TestGateway(config, IngestLimits.DEFAULT, clock, HttpLimits.DEFAULT, GrpcLimits.DEFAULT);
    }

    public static String redisUrl() {
        return SharedRedis.INSTANCE.url();
    }

    static GatewayConfig config(String bootstrapServers, String redisUrl) {
        return new GatewayConfig(
                "127.0.0.1",
                0,
                0,
                TestDatabase.get().jdbcUrl(),
                "ecomind_gateway",
                TestDatabase.get().password(),
                TestDatabase.PEPPER,
                KafkaSettings.plaintext(bootstrapServers),
                RedisSettings.parse(redisUrl),
                Duration.ofSeconds(5),
                GatewayConfig.DEFAULT_MAX_IN_FLIGHT_BYTES,
                Duration.ofMillis(200),
                List.of(ORIGIN));
    }

    public static Tenant tenant() {
        return tenant("enterprise", Set.of("ingest"));
    }

    public static Tenant tenant(String plan, Set<String> scopes) {
        return tenant(plan, scopes, "UTC");
    }

    static Tenant tenant(String plan, Set<String> scopes, String zone) {
        String org = "gw-" + ORGANISATIONS.incrementAndGet();
        try {
            TestDatabase.get().addOrganisation(org, plan, zone);
            return new Tenant(org, TestDatabase.get().addKey(org, scopes));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static void sql(String statement) {
        try (var connection = TestDatabase.get().owner().getConnection();
                var run = connection.createStatement()) {
            run.execute(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The smallest item that is accepted, with further members put before it. */
    static String item(String more) {
        return "{" + more + (more.isEmpty() ? "" : ",")
                + "\"user_id\":\"user-a\",\"provider\":\"openai\",\"model\":\"m\",\"tokens_in\":10,\"tokens_out\":5}";
    }

    Reply post(Tenant tenant, String body, String... headers) {
        return post(tenant, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    /** Headers given as name, value, name, value; they replace the usual ones. */
    Reply post(Tenant tenant, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + "/v1/ingest"))
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .setHeader("Authorization", tenant.authorization())
                .setHeader("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        try {
            var response = HTTP.send(request.build());
            return new Reply(response.statusCode(), response.headers().map(), JSON.readTree(response.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The body of the answer as it was sent. */
    byte[] bytes(Tenant tenant, byte[] body, String type) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + "/v1/ingest"))
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .setHeader("Authorization", tenant.authorization())
                .setHeader("Content-Type", type)
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofByteArray())
                .body();
    }

    Reply get(String path) {
        try {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path))
                    .build();
            var response = HTTP.send(request);
            return new Reply(response.statusCode(), response.headers().map(), JSON.readTree(response.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What the management port says of the gateway's dependencies. */
    Reply readiness() {
        try {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + management.port() + "/readyz"))
                    .build();
            HttpResponse<String> response = PLAIN_HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.headers().map(), JSON.readTree(response.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Events of one organisation that stand in Kafka now. */
    public List<UsageEvent> events(String org) {
        return events(bootstrapServers, org);
    }

    public static List<UsageEvent> events(String bootstrapServers, String org) {
        return read(bootstrapServers, Topic.EVENTS_RAW).stream()
                .map(TestGateway::rawRecord)
                .filter(RawRecord::hasEvent)
                .map(RawRecord::getEvent)
                .filter(event -> event.getOrgId().equals(org))
                .toList();
    }

    static RawRecord rawRecord(ConsumerRecord<byte[], byte[]> record) {
        try {
            return RawRecord.parseFrom(record.value());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Rejections of one organisation, as soon as there are so many. */
    public List<Rejection> rejections(String org, int count) {
        List<Rejection> all = new ArrayList<>();
        await(() -> {
            all.clear();
            for (var record : read(bootstrapServers, Topic.EVENTS_REJECTED)) {
                try {
                    Rejection rejection = Rejection.parseFrom(record.value());
                    if (rejection.getOrgId().equals(org)) {
                        all.add(rejection);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return all.size() >= count;
        });
        return List.copyOf(all);
    }

    static List<ConsumerRecord<byte[], byte[]>> read(String bootstrapServers, Topic topic) {
        return TopicContent.read(bootstrapServers, topic);
    }

    /** Waits for a condition, at most 30 seconds. */
    public static void await(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(condition);
    }

    /** A counter's value, 0 when it was not counted yet. */
    public double counted(String name, String labelValue) {
        return metrics.scrape(name::equals).stream()
                .map(CounterSnapshot.class::cast)
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .filter(point -> labelValue.isEmpty()
                        || point.getLabels().stream()
                                .anyMatch(label -> label.getValue().equals(labelValue)))
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }

    /** A gauge's value. */
    public double gauge(String name) {
        return metrics.scrape(name::equals).stream()
                .map(GaugeSnapshot.class::cast)
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .mapToDouble(GaugeSnapshot.GaugeDataPointSnapshot::getValue)
                .sum();
    }

    @Override
    public void close() {
        http.close();
        gateway.close();
        management.close();
    }
}
