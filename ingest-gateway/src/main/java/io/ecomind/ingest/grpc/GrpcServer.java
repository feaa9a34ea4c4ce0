package io.ecomind.ingest.grpc;

import io.ecomind.ingest.IngestService;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.limits.Refusals;
import io.ecomind.service.tls.ServerCertificate;
import io.ecomind.service.tls.TlsFiles;
import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The gRPC server of a gateway, whose clients have the limits of {@link GrpcLimits}. Thread-safe. */
public final class GrpcServer implements AutoCloseable {
    private static final int THREADS = 16;
    private static final int SOCKET_THREADS = 4;
    private static final long KEEP_ALIVE_SECONDS = 60;
    private static final int RESET_STREAMS = 400;
    private static final int RESET_WINDOW_SECONDS = 10;

    /**
     * gRPC's own loggers of connections and streams that end by an error of HTTP/2, below the levels that they use for them.
     * Each writes a stack trace, so anybody could fill the log. Kept here because a logger that nobody holds forgets its
     * level.
     */
    private static final Map<Logger, Level> HTTP2_ERRORS = Map.of(
            Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerTransport"), Level.WARNING,
            Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler"), Level.SEVERE);

    static {
        HTTP2_ERRORS.forEach(Logger::setLevel);
    }

    private final Server server;
    private final CallMeters meters;
    private final ExecutorService calls;
    private final MultiThreadIoEventLoopGroup sockets;
    private final @Nullable ServerCertificate certificate;

    private GrpcServer(
            Server server,
            CallMeters meters,
            ExecutorService calls,
            MultiThreadIoEventLoopGroup sockets,
            @Nullable ServerCertificate certificate) {
        this.server = server;
        this.meters = meters;
        this.calls = calls;
        this.sockets = sockets;
        this.certificate = certificate;
    }

    /**
     * Starts the server.
     *
     * @param tls null for connections without TLS
     * @param itemLimits of each item of a message, the same as over HTTP
     */
    public static GrpcServer start(
            InetSocketAddress address,
            @Nullable TlsFiles tls,
            GrpcLimits limits,
            ItemLimits itemLimits,
            Authenticator authenticator,
            IngestService service,
            PrometheusRegistry metrics) {
        var refusals = new Refusals(metrics, "grpc");
        var meters = new CallMeters(limits, refusals, metrics);
        var connections = new ConnectionLimit(limits.connections(), refusals);
        var number = new AtomicInteger();
        ExecutorService calls = Executors.newFixedThreadPool(THREADS, task -> {
            var thread = new Thread(task, "ingest-grpc-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        var gate = new CallGate(
                authenticator,
                meters,
                connections,
                (caller, problem) -> calls.execute(() -> service.rejectRequest(caller, problem, new byte[0])));
        var sockets = new MultiThreadIoEventLoopGroup(SOCKET_THREADS, NioIoHandler.newFactory());
        ServerCertificate certificate = tls == null ? null : new ServerCertificate(tls);
        try {
            NettyServerBuilder builder = NettyServerBuilder.forAddress(address)
                    .bossEventLoopGroup(sockets)
                    .workerEventLoopGroup(sockets)
                    .channelFactory(() -> new BoundedServerChannel(connections))
                    .executor(calls)
                    // A message over our own limit gets our own answer; see CallMeters.
                    .maxInboundMessageSize(Integer.MAX_VALUE)
                    .maxInboundMetadataSize(limits.messages().metadataBytes())
                    .decompressorRegistry(DecompressorRegistry.emptyInstance()
                            .with(Codec.Identity.NONE, false)
                            .with(new GzipDecompressor(), true))
                    .flowControlWindow(limits.messages().windowBytes())
                    .maxConcurrentCallsPerConnection(limits.calls().perConnection())
                    .maxRstFramesPerWindow(RESET_STREAMS, RESET_WINDOW_SECONDS)
                    .handshakeTimeout(limits.times().handshake().toMillis(), TimeUnit.MILLISECONDS)
                    .maxConnectionIdle(limits.times().idle().toMillis(), TimeUnit.MILLISECONDS)
                    .maxConnectionAge(limits.times().age().toMillis(), TimeUnit.MILLISECONDS)
                    .maxConnectionAgeGrace(limits.times().ageGrace().toMillis(), TimeUnit.MILLISECONDS)
                    .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                    .permitKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                    .addStreamTracerFactory(meters)
                    .intercept(gate)
                    .addService(new IngestGrpc(service, limits, itemLimits, meters));
            if (certificate != null) {
                builder.sslContext(GrpcSslContexts.configure(SslContextBuilder.forServer(certificate.keyManager()))
                        .build());
            }
            return new GrpcServer(builder.build().start(), meters, calls, sockets, certificate);
        } catch (IOException e) {
            calls.shutdown();
            meters.close();
            sockets.shutdownGracefully();
            if (certificate != null) {
                certificate.close();
            }
            throw new UncheckedIOException(
                    (e instanceof SSLException ? "gRPC cannot use its certificate on " : "gRPC cannot listen on ")
                            + address.getHostString() + ":" + address.getPort(),
                    e);
        }
    }

    /** The port that is listened on. */
    public int port() {
        return server.getPort();
    }

    /** Takes no more calls. */
    public void shutdown() {
        server.shutdown();
    }

    /** Waits for the calls that are running, and breaks off those that do not end in time. */
    public void awaitEnd(Duration within) throws InterruptedException {
        if (!server.awaitTermination(within.toMillis(), TimeUnit.MILLISECONDS)) {
            server.shutdownNow();
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
        calls.shutdown();
        meters.close();
        sockets.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        if (certificate != null) {
            certificate.close();
        }
    }

    /** Asks of each connection whether it may stay, before anything is made for it. */
    private static final class BoundedServerChannel extends NioServerSocketChannel {
        private final ConnectionLimit limit;

        BoundedServerChannel(ConnectionLimit limit) {
            this.limit = limit;
        }

        @Override
        protected int doReadMessages(List<Object> accepted) throws Exception {
            int count = super.doReadMessages(accepted);
            if (count <= 0) {
                return count;
            }
            Channel connection = (Channel) accepted.get(accepted.size() - 1);
            if (!limit.admit(connection)) {
                accepted.remove(accepted.size() - 1);
                connection.unsafe().closeForcibly();
                return 0;
            }
            return count;
        }
    }
}
