package io.ecomind.service.limits;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.TooManyRequests;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;

/** Counts what a server refused or closed to protect itself, and says why to those who get an answer. Thread-safe. */
public final class Refusals {
    private static final Duration SOON = Duration.ofSeconds(1);

    private final Counter counter;

    /** @param protocol of the server, {@code http}, {@code grpc} or {@code management}: part of the metric's name */
    public Refusals(PrometheusRegistry metrics, String protocol) {
        counter = Counter.builder()
                .name("ecomind_" + protocol + "_refused_total")
                .help(
                        "Requests that were refused, and connections that were closed, to protect the server, by reason: "
                                + "busy, public, organisation, memory, slow_body, slow_reader, idle, connections, control_frames or host.")
                .labelNames("reason")
                .register(metrics);
    }

    public AppException busy() {
        counter.labelValues("busy").inc();
        return new AppException(ErrorCode.UNAVAILABLE, "the server has as many requests as it can handle", SOON);
    }

    public AppException tooManyPublic() {
        counter.labelValues("public").inc();
        return new AppException(
                ErrorCode.UNAVAILABLE, "the server has as many requests without a key as it can handle", SOON);
    }

    AppException tooManyOfOrganisation(int limit) {
        counter.labelValues("organisation").inc();
        return TooManyRequests.of("an organisation must have at most " + limit + " requests in progress at once", SOON);
    }

    /** The answer to a request of an organisation on one connection more than it may have requests on. */
    public AppException tooManyConnectionsOfOrganisation(int limit) {
        counter.labelValues("organisation").inc();
        return TooManyRequests.of(
                "an organisation must have requests in progress on at most " + limit + " connections at once", SOON);
    }

    AppException tooManyBytes() {
        counter.labelValues("memory").inc();
        return new AppException(
                ErrorCode.UNAVAILABLE, "the server holds as many request bodies as it has memory for", SOON);
    }

    AppException tooManyBytesOfOrganisation(long limit) {
        counter.labelValues("memory").inc();
        return TooManyRequests.of(
                "the bodies of an organisation's requests in progress must have at most " + limit
                        + " bytes together, inflated ones included",
                SOON);
    }

    /**
     * The answer to a body that came too slowly.
     *
     * @param bytes what had come of the body
     */
    public AppException slowBody(TransferRate rate, long bytes) {
        counter.labelValues("slow_body").inc();
        return AppException.ofTransfer(
                ErrorCode.INVALID_REQUEST,
                "the request body must arrive within " + rate.grace().toSeconds() + " s and at " + rate.bytesPerSecond()
                        + " bytes per second from then on, was too slow after " + bytes + " bytes");
    }

    public void slowReader() {
        counter.labelValues("slow_reader").inc();
    }

    public void idleConnection() {
        counter.labelValues("idle").inc();
    }

    /** A connection sent more frames that belong to no call than it may. */
    public void tooManyControlFrames() {
        counter.labelValues("control_frames").inc();
    }

    /** A request named another host than those that the server is. */
    public void unexpectedHost() {
        counter.labelValues("host").inc();
    }

    public void connectionOverLimit() {
        counter.labelValues("connections").inc();
    }
}
