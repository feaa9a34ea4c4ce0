package io.ecomind.service.http;

import io.ecomind.service.limits.Refusals;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the connections of a server: closes those that are without a request for too long, which includes those whose
 * headers or TLS handshake never end, and those whose clients do not read; ends bodies that come too slowly; and keeps the
 * number of connections bounded. Thread-safe.
 *
 * <p>Jetty's own idle time is no such bound: it begins anew with each byte.
 */
final class ConnectionGuard implements Connection.Listener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ConnectionGuard.class);
    private static final long SWEEP_MILLIS = 500;

    private final Map<EndPoint, Watched> connections = new ConcurrentHashMap<>();
    private final HttpLimits limits;
    private final Refusals refusals;
    private final ScheduledExecutorService sweeper = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "http-guard");
        thread.setDaemon(true);
        return thread;
    });

    private static final class Watched {
        private final EndPoint endPoint;
        private volatile long idleSinceNanos = System.nanoTime();
        private volatile long busySinceNanos;
        private volatile @Nullable BufferedRequest request;

        Watched(EndPoint endPoint) {
            this.endPoint = endPoint;
        }
    }

    ConnectionGuard(HttpLimits limits, Refusals refusals) {
        this.limits = limits;
        this.refusals = refusals;
    }

    void start() {
        sweeper.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Notes that a request has begun, until it is answered. */
    void watch(BufferedRequest request) {
        Watched connection = connections.get(
                socket(request.getConnectionMetaData().getConnection().getEndPoint()));
        if (connection == null) {
            return;
        }
        connection.busySinceNanos = System.nanoTime();
        connection.request = request;
        Request.addCompletionListener(request.getWrapped(), any -> {
            connection.idleSinceNanos = System.nanoTime();
            connection.request = null;
        });
    }

    @Override
    public void onOpened(Connection connection) {
        EndPoint socket = socket(connection.getEndPoint());
        // A connection with TLS opens twice: the encrypted one, and the one in it.
        if (connections.putIfAbsent(socket, new Watched(socket)) == null
                && connections.size() > limits.requests().connections()) {
            refusals.connectionOverLimit();
            close(longestIdle(socket)
                    .or(this::longestUnread)
                    .map(watched -> watched.endPoint)
                    .orElse(socket));
        }
    }

    private Optional<Watched> longestIdle(EndPoint newest) {
        return connections.values().stream()
                .filter(watched -> watched.request == null && watched.endPoint != newest)
                .min(Comparator.comparingLong(watched -> watched.idleSinceNanos));
    }

    /** Of those without a credential whose answer is still on its way: one who reads is soon done. */
    private Optional<Watched> longestUnread() {
        return connections.values().stream()
                .filter(watched -> {
                    BufferedRequest request = watched.request;
                    return request != null && request.isAnsweringUnknown();
                })
                .min(Comparator.comparingLong(watched -> watched.busySinceNanos));
    }

    @Override
    public void onClosed(Connection connection) {
        connections.remove(socket(connection.getEndPoint()));
    }

    private void sweep() {
        for (Watched connection : connections.values()) {
            try {
                check(connection);
            } catch (RuntimeException bug) {
                // Otherwise the sweeper would never run again.
                log.atError().setCause(bug).log("a connection could not be checked");
            }
        }
    }

    private void check(Watched connection) {
        long now = System.nanoTime();
        BufferedRequest request = connection.request;
        if (request == null) {
            if (now - connection.idleSinceNanos > limits.times().idle().toNanos()) {
                refusals.idleConnection();
                close(connection.endPoint);
            }
            return;
        }
        request.checkBody(now);
        if (request.hasSlowReader(now)) {
            refusals.slowReader();
            close(connection.endPoint);
        }
    }

    private void close(EndPoint socket) {
        connections.remove(socket);
        socket.close();
    }

    /** The connection below TLS, which is what is closed. */
    static EndPoint socket(EndPoint endPoint) {
        return endPoint instanceof EndPoint.Wrapper encrypted ? encrypted.unwrap() : endPoint;
    }

    @Override
    public void close() {
        sweeper.shutdownNow();
    }
}
