package io.ecomind.ingest.grpc;

import io.ecomind.contracts.Limits;
import io.ecomind.service.limits.TransferRate;
import java.time.Duration;

/**
 * What the gRPC server grants its clients. Immutable. {@link #DEFAULT} is what gateways use; a throwaway stack of the module
 * {@code dev} can be started with one limit changed, to see the check fail that relies on it.
 */
public record GrpcLimits(GrpcConnections connections, GrpcCalls calls, GrpcMessages messages, GrpcTimes times) {
    public static final GrpcLimits DEFAULT = new GrpcLimits(
            new GrpcConnections(512, 64, 200, 20_000),
            new GrpcCalls(2_048, 128, 512),
            new GrpcMessages(
                    Limits.MAX_BODY_BYTES,
                    Limits.MAX_ITEMS,
                    64 * Limits.MAX_ITEMS,
                    128L << 20,
                    32L << 20,
                    8 * 1024,
                    256 * 1024),
            new GrpcTimes(
                    Duration.ofSeconds(10),
                    16 * 1024,
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(5),
                    Duration.ofMinutes(30),
                    Duration.ofMinutes(1)));

    /**
     * Limits of connections.
     *
     * @param total open connections; a further one takes the place of the one that has been without a call for longest
     * @param perOrganisation connections on which one organisation has calls in progress: those are not closed for others, so
     *     it must be well below {@code total}
     * @param controlFramesPerSecond frames of a connection that are neither headers nor content, before a call on it had a
     *     valid key: they make the server work and belong to no call that is counted
     * @param controlFramesPerSecondWithKey the same afterwards; calls bring some of these frames with them
     */
    public record GrpcConnections(
            int total, int perOrganisation, int controlFramesPerSecond, int controlFramesPerSecondWithKey) {}

    /**
     * Limits of calls in progress.
     *
     * @param total of all connections together
     * @param perConnection announced to the client
     * @param perOrganisation on all of its connections
     */
    public record GrpcCalls(int total, int perConnection, int perOrganisation) {}

    /**
     * Limits of messages.
     *
     * @param bytes largest message, as it comes over the wire and inflated
     * @param items items of a message
     * @param fields fields of a message, those of its items and unknown ones included: each costs memory whatever its size
     * @param bufferedBytes messages in memory of all calls together
     * @param bufferedBytesPerOrganisation the same of one organisation
     * @param metadataBytes largest metadata
     * @param windowBytes how much a client may send ahead of what is read
     */
    public record GrpcMessages(
            int bytes,
            int items,
            int fields,
            long bufferedBytes,
            long bufferedBytesPerOrganisation,
            int metadataBytes,
            int windowBytes) {}

    /**
     * How long clients may take.
     *
     * @param grace how long a message may take before {@code bytesPerSecond} is asked of it
     * @param bytesPerSecond least rate of a message
     * @param handshake how long a connection may take to be ready for calls
     * @param idle how long a connection may be without a call
     * @param age how old a connection may be; then its client makes a new one, which also spreads clients over new gateways
     * @param ageGrace how long the calls of an old connection may still take
     */
    public record GrpcTimes(
            Duration grace, int bytesPerSecond, Duration handshake, Duration idle, Duration age, Duration ageGrace) {
        /** The same with other times until a message, a handshake or an idle connection is ended. */
        public GrpcTimes with(Duration newGrace, Duration newHandshake, Duration newIdle) {
            return new GrpcTimes(newGrace, bytesPerSecond, newHandshake, newIdle, age, ageGrace);
        }

        /** How slowly a message may come. */
        TransferRate rate() {
            return new TransferRate(grace, bytesPerSecond);
        }
    }

    /** The same limits with others of connections. */
    public GrpcLimits with(GrpcConnections other) {
        return new GrpcLimits(other, calls, messages, times);
    }

    /** The same limits with others of calls. */
    public GrpcLimits with(GrpcCalls other) {
        return new GrpcLimits(connections, other, messages, times);
    }

    /** The same limits with others of messages. */
    public GrpcLimits with(GrpcMessages other) {
        return new GrpcLimits(connections, calls, other, times);
    }

    /** The same limits with other times. */
    public GrpcLimits with(GrpcTimes other) {
        return new GrpcLimits(connections, calls, messages, other);
    }
}
