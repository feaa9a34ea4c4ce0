package io.ecomind.ingest.grpc;

import io.ecomind.ingest.grpc.GrpcLimits.GrpcConnections;
import io.ecomind.service.limits.Refusals;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import java.net.SocketAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the connections of a gRPC server below a limit. When one too many comes, the one that has been without a call of a
 * known sender for longest is closed, so connections that only stay open keep nobody out; while all have calls, the new one
 * is. One organisation can have calls on a part of them only, so it keeps nobody out either. Each that stays is watched by a
 * {@link ControlFrameGuard}. Thread-safe.
 */
final class ConnectionLimit {
    private final GrpcConnections limits;
    private final Refusals refusals;
    // Guarded by this; by the address of the client, which tells the connections of one port apart.
    private final Map<SocketAddress, Open> connections = new HashMap<>();
    // Guarded by this; on how many connections an organisation has calls.
    private final Map<String, Integer> connectionsInUse = new HashMap<>();

    private static final class Open {
        private final Channel channel;
        private final Map<String, Integer> calls = new HashMap<>();
        private long idleSinceNanos = System.nanoTime();
        /** Whether a call of a known sender ever began on it. */
        private volatile boolean withKey;

        Open(Channel channel) {
            this.channel = channel;
        }

        /** Netty cannot close a channel orderly before a thread of its own has taken it over. */
        boolean mayGo() {
            return calls.isEmpty() && channel.isRegistered();
        }
    }

    /** Of a server without connections. */
    ConnectionLimit(GrpcConnections limits, Refusals refusals) {
        this.limits = limits;
        this.refusals = refusals;
    }

    /** Whether a connection that was accepted may stay. */
    boolean admit(Channel accepted) {
        SocketAddress client = accepted.remoteAddress();
        if (client == null) {
            // It has left already.
            return false;
        }
        Channel closed;
        var open = new Open(accepted);
        synchronized (this) {
            connections.put(client, open);
            closed = connections.size() > limits.total() ? removeLongestIdle(client, accepted) : null;
        }
        if (closed != null) {
            refusals.connectionOverLimit();
            if (closed == accepted) {
                return false;
            }
            closed.close();
        }
        ControlFrameGuard.watch(accepted, limits, () -> open.withKey, refusals);
        accepted.closeFuture().addListener(any -> remove(client, accepted));
        return true;
    }

    /**
     * A call of a known sender begins.
     *
     * @throws io.ecomind.service.AppException RATE_LIMITED when the organisation has calls on too many connections
     */
    synchronized void callBegan(@Nullable SocketAddress client, String orgId) {
        Open connection = connections.get(client);
        if (connection == null) {
            return;
        }
        connection.withKey = true;
        if (!connection.calls.containsKey(orgId)) {
            if (connectionsInUse.getOrDefault(orgId, 0) >= limits.perOrganisation()) {
                throw refusals.tooManyConnectionsOfOrganisation(limits.perOrganisation());
            }
            connectionsInUse.merge(orgId, 1, Integer::sum);
        }
        connection.calls.merge(orgId, 1, Integer::sum);
    }

    /** A call that had begun has ended. */
    synchronized void callEnded(@Nullable SocketAddress client, String orgId) {
        Open connection = connections.get(client);
        if (connection == null || !connection.calls.containsKey(orgId)) {
            return;
        }
        takeOne(connection.calls, orgId);
        connection.idleSinceNanos = System.nanoTime();
        if (!connection.calls.containsKey(orgId)) {
            takeOne(connectionsInUse, orgId);
        }
    }

    private static void takeOne(Map<String, Integer> counts, String orgId) {
        counts.computeIfPresent(orgId, (any, count) -> count == 1 ? null : count - 1);
    }

    /** The newest when no other may go. */
    private Channel removeLongestIdle(SocketAddress newest, Channel accepted) {
        Map.Entry<SocketAddress, Open> longestIdle = connections.entrySet().stream()
                .filter(entry -> entry.getValue().mayGo() && !entry.getKey().equals(newest))
                .min(Comparator.comparingLong(entry -> entry.getValue().idleSinceNanos))
                .orElse(null);
        if (longestIdle == null) {
            connections.remove(newest);
            return accepted;
        }
        connections.remove(longestIdle.getKey());
        return longestIdle.getValue().channel;
    }

    private synchronized void remove(SocketAddress client, Channel channel) {
        Open connection = connections.get(client);
        // The client may have used its port again meanwhile.
        if (connection != null && connection.channel == channel) {
            connections.remove(client);
            connection.calls.keySet().forEach(orgId -> takeOne(connectionsInUse, orgId));
        }
    }
}
