package io.ecomind.dev.stack;

import io.ecomind.api.ApiConfig;
import io.ecomind.api.ApiService;
import io.ecomind.dev.stack.StackParts.StackPart;
import io.ecomind.dev.stack.StackServers.ServerAddresses;
import io.ecomind.ingest.GatewayConfig;
import io.ecomind.ingest.IngestGateway;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.service.http.HttpServer;
import io.ecomind.service.http.ManagementAddress;
import io.ecomind.service.http.ManagementServer;
import io.ecomind.service.http.ReadinessCheck;
import io.ecomind.service.tls.TlsFiles;
import io.ecomind.testkit.CertificateFiles;
import io.ecomind.testkit.ThrowawayAuthority;
import io.ecomind.worker.WorkerConfig;
import io.ecomind.worker.WorkerService;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gateway, API and worker in this process; gateway and API behind one HTTP server, as behind an ingress. */
final class StackServices {
    static final String HOST = "127.0.0.1";

    private static final Duration RECONCILE_EVERY = Duration.ofMinutes(1);

    private final StackConfig config;
    private final StackSecrets secrets;
    private final StackPorts ports;
    private final StackParts parts;
    private final StackReadiness readiness;

    /** Null: HTTP and gRPC without TLS. */
    private final @Nullable TlsFiles tls;

    StackServices(
            StackConfig config,
            StackSecrets secrets,
            StackPorts ports,
            StackParts parts,
            StackReadiness readiness,
            @Nullable ThrowawayAuthority authority) {
        this.config = config;
        this.secrets = secrets;
        this.ports = ports;
        this.parts = parts;
        this.readiness = readiness;
        this.tls = authority == null ? null : files(authority.issue("gateway"));
    }

    /** Where clients and operators reach the services: base URLs, and host and port. */
    record ServiceAddresses(String http, String grpc, String management) {}

    /** Starts them. What HTTP answers about readiness includes the jobs, which start later. */
    ServiceAddresses start(ServerAddresses servers, ReadinessCheck jobs) {
        var metrics = new PrometheusRegistry();
        JvmMetrics.builder().register(metrics);
        Clock clock = Clock.systemUTC();
        int httpPort = ports.http();
        int grpcPort = ports.grpc();
        int managementPort = ports.management();
        IngestGateway gateway = parts.start(StackPart.GATEWAY, () -> {
            var gatewayConfig = new GatewayConfig(
                    HOST,
                    httpPort,
                    grpcPort,
                    servers.owner().jdbcUrl(),
                    "ecomind_gateway",
                    secrets.password("gateway"),
                    secrets.keyPepper(),
                    servers.kafka(KafkaUsers.GATEWAY),
                    servers.redis(),
                    GatewayConfig.DEFAULT_ACK_TIMEOUT,
                    GatewayConfig.DEFAULT_MAX_IN_FLIGHT_BYTES,
                    GatewayConfig.DEFAULT_HEARTBEAT_INTERVAL,
                    config.corsOrigins());
            IngestGateway created = IngestGateway.create(
                    tls == null ? gatewayConfig : gatewayConfig.withTls(tls),
                    config.tuning().ingest(),
                    clock,
                    metrics);
            parts.keep(StackPart.GATEWAY, created);
            return created;
        });
        ApiService api = parts.start(StackPart.API, () -> {
            ApiService created = ApiService.create(
                    new ApiConfig(
                            HOST,
                            httpPort,
                            servers.owner().jdbcUrl(),
                            "ecomind_api",
                            secrets.password("api"),
                            secrets.keyPepper()),
                    clock,
                    config.tuning().queries());
            parts.keep(StackPart.API, created);
            return created;
        });
        WorkerService worker = parts.start(StackPart.WORKER, () -> {
            WorkerService created = WorkerService.start(
                    new WorkerConfig(
                            ManagementAddress.onLoopback(),
                            servers.owner().jdbcUrl(),
                            "ecomind_worker",
                            secrets.password("worker"),
                            servers.kafka(KafkaUsers.WORKER),
                            RECONCILE_EVERY),
                    clock,
                    metrics);
            parts.keep(StackPart.WORKER, created);
            return created;
        });
        readiness.addAll("gateway", gateway.readiness());
        readiness.addAll("api", api.readiness());
        readiness.addAll("worker", worker.readiness());
        readiness.add("jobs", jobs);
        List<HttpFeature> features = new ArrayList<>(gateway.features());
        features.addAll(api.features());
        String management = parts.start(StackPart.MANAGEMENT, address -> address, () -> {
            ManagementServer server = ManagementServer.start(
                    new ManagementAddress(HOST, managementPort, List.of()),
                    config.tuning().management(),
                    metrics,
                    readiness.checks());
            parts.keep(StackPart.MANAGEMENT, server);
            return "http://" + HOST + ":" + server.port();
        });
        String http = parts.start(StackPart.HTTP, address -> address, () -> {
            HttpServer server = HttpServer.start(
                    new HttpServer.Address(HOST, httpPort, tls),
                    config.tuning().http(),
                    metrics,
                    gateway.authenticator(),
                    features);
            parts.keep(StackPart.HTTP, server);
            return (tls == null ? "http://" : "https://") + HOST + ":" + server.port();
        });
        return new ServiceAddresses(
                http, HOST + ":" + gateway.startGrpc(config.tuning().grpc()), management);
    }

    private static TlsFiles files(CertificateFiles issued) {
        return new TlsFiles(issued.chain(), issued.key());
    }
}
