package io.ecomind.ingest;

import com.zaxxer.hikari.HikariDataSource;
import io.ecomind.connect.BrokerCheck;
import io.ecomind.contracts.Topic;
import io.ecomind.ingest.grpc.GrpcLimits;
import io.ecomind.ingest.grpc.GrpcServer;
import io.ecomind.ingest.http.CrossOrigin;
import io.ecomind.ingest.http.IngestRoutes;
import io.ecomind.ingest.limits.DailyNames;
import io.ecomind.ingest.limits.NameLimiter;
import io.ecomind.ingest.limits.OrganisationLimitsCache;
import io.ecomind.ingest.limits.QuotaSettings;
import io.ecomind.ingest.limits.Quotas;
import io.ecomind.ingest.limits.RateLimiter;
import io.ecomind.ingest.limits.RedisCheck;
import io.ecomind.ingest.publish.EventPublisher;
import io.ecomind.ingest.publish.Heartbeats;
import io.ecomind.ingest.publish.ReceivedClock;
import io.ecomind.ingest.publish.RejectionWriter;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.service.http.ReadinessCheck;
import io.ecomind.store.Pools;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway without its HTTP server, which may be shared with other features. Thread-safe.
 *
 * <p>To stop without losing what was acknowledged: close the HTTP server first, then this. Requests that still come
 * afterwards get a 503.
 */
public final class IngestGateway implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(IngestGateway.class);
    private static final int DATABASE_CONNECTIONS = 8;
    private static final int ANSWER_THREADS = 16;
    private static final Duration DRAIN = Duration.ofSeconds(20);
    private static final int READINESS_MILLIS = 1_500;

    private final GatewayConfig config;
    private final PrometheusRegistry registry;
    private final ItemLimits itemLimits;
    private final HikariDataSource database;
    private final Admin admin;
    private final BrokerCheck brokerCheck;
    private final EventPublisher publisher;
    private final Quotas quotas;
    private final RejectionWriter rejections;
    private final Heartbeats heartbeats;
    private final ExecutorService answers = Executors.newFixedThreadPool(ANSWER_THREADS, named("ingest-answer"));
    private final IngestService service;
    private final Authenticator authenticator;
    private final IngestRoutes routes;
    private @Nullable GrpcServer grpcServer;
    private boolean closed;

    private IngestGateway(GatewayConfig config, IngestLimits limits, Clock clock, PrometheusRegistry registry) {
        this.config = config;
        this.registry = registry;
        this.itemLimits = limits.items();
        this.database = Pools.open(
                "ingest-gateway",
                config.jdbcUrl(),
                config.databaseUser(),
                config.databasePassword(),
                DATABASE_CONNECTIONS);
        this.admin = config.kafka()
                .admin(Map.of("client.id", "ecomind-gateway-readiness", "reconnect.backoff.max.ms", "1000"));
        this.brokerCheck = BrokerCheck.start(config.kafka());
        this.publisher = new EventPublisher(config);
        var metrics = new GatewayMetrics(registry, publisher::inFlightBytes);
        this.quotas = new Quotas(config.redis(), QuotaSettings.of(config.maxReplicas()), metrics);
        var organisations = new OrganisationLimitsCache(database);
        var rateLimiter = new RateLimiter(quotas, organisations, clock);
        var nameLimiter = new NameLimiter(organisations, new DailyNames(limits.names()), metrics);
        var received = new ReceivedClock(clock);
        this.heartbeats = new Heartbeats(publisher, received, metrics);
        this.authenticator = new Authenticator(database, KeyPeppers.parse(config.keyPepper()), limits.keys());
        this.rejections = new RejectionWriter(publisher, rateLimiter, limits.rejections(), clock, metrics);
        this.service = new IngestService(
                clock, received, publisher, rejections, rateLimiter, nameLimiter, limits.items(), metrics, answers);
        this.routes = new IngestRoutes(service, metrics, new CrossOrigin(config.corsOrigins()), limits.items());
    }

    /** Opens connections to database, Kafka and Redis, none of which has to be there yet, and starts the heartbeats. */
    public static IngestGateway create(GatewayConfig config, Clock clock, PrometheusRegistry metrics) {
        return create(config, IngestLimits.DEFAULT, clock, metrics);
    }

    /** The same with other limits. */
    public static IngestGateway create(
            GatewayConfig config, IngestLimits limits, Clock clock, PrometheusRegistry metrics) {
        var gateway = new IngestGateway(config, limits, clock, metrics);
        gateway.heartbeats.start(config.heartbeatInterval());
        gateway.rejections.start();
        return gateway;
    }

    /** The routes to mount on an HTTP server. */
    public List<HttpFeature> features() {
        return List.of(routes);
    }

    /** Checks the keys of requests to the routes. */
    public Authenticator authenticator() {
        return authenticator;
    }

    /** What must work for the gateway to take events. Without Redis it does: that is a note only. */
    public Map<String, ReadinessCheck> readiness() {
        return Map.of("kafka", new KafkaCheck(), "database", this::databaseProblem, "redis", new RedisCheck(quotas));
    }

    private final class KafkaCheck implements ReadinessCheck {
        @Override
        public @Nullable String problem() throws InterruptedException {
            return kafkaProblem();
        }

        @Override
        public @Nullable String note() {
            return brokerCheck.note();
        }
    }

    /**
     * Listens for gRPC.
     *
     * @return the port
     */
    public int startGrpc() {
        return startGrpc(GrpcLimits.DEFAULT);
    }

    /** The same with other limits of its clients. */
    public synchronized int startGrpc(GrpcLimits limits) {
        if (grpcServer != null || closed) {
            throw new IllegalStateException("gRPC can be started once, before close");
        }
        GrpcServer server = GrpcServer.start(
                new InetSocketAddress(config.host(), config.grpcPort()),
                config.tls(),
                limits,
                itemLimits,
                authenticator,
                service,
                registry);
        grpcServer = server;
        return server.port();
    }

    /** Takes no more requests, waits for what Kafka still has to acknowledge, answers that, then closes all. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (grpcServer != null) {
            grpcServer.shutdown();
        }
        heartbeats.close();
        service.stopIntake();
        publisher.flush();
        try {
            if (grpcServer != null) {
                grpcServer.awaitEnd(DRAIN);
            }
            answers.shutdown();
            if (!answers.awaitTermination(DRAIN.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("some callers did not take their answer");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (grpcServer != null) {
            grpcServer.close();
        }
        // Only now: an answer may have had rejections to publish.
        rejections.close();
        publisher.close();
        quotas.close();
        brokerCheck.close();
        admin.close(Duration.ofSeconds(1));
        authenticator.close();
        database.close();
    }

    private @Nullable String kafkaProblem() throws InterruptedException {
        String failing = publisher.unavailableReason();
        if (failing != null) {
            return failing;
        }
        String topic = Topic.EVENTS_RAW.topicName();
        try {
            TopicDescription described = admin.describeTopics(
                            List.of(topic), new DescribeTopicsOptions().timeoutMs(READINESS_MILLIS))
                    .allTopicNames()
                    .get()
                    .get(topic);
            if (described == null) {
                return "Kafka has no topic " + topic;
            }
            return null;
        } catch (ExecutionException e) {
            log.atWarn().setCause(e.getCause()).log("Kafka does not describe its topic");
            return "Kafka does not describe " + topic;
        }
    }

    private @Nullable String databaseProblem() throws Exception {
        try (Connection connection = database.getConnection()) {
            return connection.isValid(1) ? null : "the connection does not answer";
        }
    }

    private static ThreadFactory named(String name) {
        var count = new AtomicInteger();
        return task -> {
            var thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
