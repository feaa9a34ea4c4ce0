package io.ecomind.ingest;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.LongSupplier;

/**
 * What the gateway counts. Thread-safe.
 *
 * <p>Sums that must add up: {@code ecomind_ingest_items_total} is the sum of {@code ecomind_ingest_events_total} over
 * all outcomes, and {@code ecomind_ingest_rejections_total} over all codes is the outcome {@code rejected} and the requests
 * that were rejected as a whole.
 */
public final class GatewayMetrics {
    private final Counter items;
    private final Counter events;
    private final Counter rejections;
    private final Counter requests;
    private final Histogram ackLatency;
    private final Counter heartbeatFailures;
    private final Counter rejectionFailures;
    private final Counter rateLimitBypasses;
    private final Counter rejectionsNotKept;
    private final Counter namesOverLimit;

    GatewayMetrics(PrometheusRegistry registry, LongSupplier inFlightBytes) {
        items = counter(registry, "ecomind_ingest_items_total", "Items of requests that could be read.");
        events = counter(
                registry,
                "ecomind_ingest_events_total",
                "Items by what became of them: accepted, rejected, duplicate, rate_limited or unacknowledged.",
                "outcome");
        rejections = counter(
                registry,
                "ecomind_ingest_rejections_total",
                "Rejected items and requests by their first error.",
                "code");
        requests = counter(registry, "ecomind_ingest_requests_total", "Requests by HTTP status.", "status");
        ackLatency = Histogram.builder()
                .name("ecomind_ingest_ack_latency_seconds")
                .help("From handing a request's events to Kafka until all were acknowledged.")
                .classicOnly()
                .classicUpperBounds(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
                .register(registry);
        heartbeatFailures = counter(
                registry, "ecomind_ingest_heartbeat_failures_total", "Heartbeats that Kafka did not acknowledge.");
        rejectionFailures = counter(
                registry,
                "ecomind_ingest_rejection_publish_failures_total",
                "Rejections that callers were told of but that could not be published.");
        rateLimitBypasses = counter(
                registry,
                "ecomind_ingest_rate_limit_bypasses_total",
                "Draws from this gateway's part of the limits because Redis did not answer.");
        rejectionsNotKept = counter(
                registry,
                "ecomind_ingest_rejections_not_kept_total",
                "Rejections over the limit of their organisation, which are counted and not listed.");
        namesOverLimit = counter(
                registry,
                "ecomind_ingest_names_over_limit_total",
                "Names of events that were replaced because their day has as many as the plan allows.",
                "field");
        GaugeWithCallback.builder()
                .name("ecomind_ingest_in_flight_bytes")
                .help("Bytes that wait for Kafka's acknowledgement.")
                .callback(callback -> callback.call(inFlightBytes.getAsLong()))
                .register(registry);
    }

    /** Metrics that no publisher stands behind: nothing is in flight. */
    public static GatewayMetrics of(PrometheusRegistry registry) {
        return new GatewayMetrics(registry, () -> 0);
    }

    void accepted(int accepted, int rejected, int duplicates) {
        items.inc((long) accepted + rejected + duplicates);
        events.labelValues("accepted").inc(accepted);
        events.labelValues("rejected").inc(rejected);
        events.labelValues("duplicate").inc(duplicates);
    }

    void unacknowledged(int count) {
        items.inc(count);
        events.labelValues("unacknowledged").inc(count);
    }

    void rateLimited(int count) {
        items.inc(count);
        events.labelValues("rate_limited").inc(count);
    }

    public void rejection(String code) {
        rejections.labelValues(code).inc();
    }

    public void request(int status) {
        requests.labelValues(Integer.toString(status)).inc();
    }

    void acknowledgedAfter(double seconds) {
        ackLatency.observe(seconds);
    }

    public void heartbeatFailed() {
        heartbeatFailures.inc();
    }

    public void rejectionsNotPublished(int count) {
        rejectionFailures.inc(count);
    }

    /** A limit was drawn from this gateway's part of it. */
    public void drawnFromShare() {
        rateLimitBypasses.inc();
    }

    public void nameOverLimit(String field) {
        namesOverLimit.labelValues(field).inc();
    }

    public void rejectionsNotKept(long count) {
        rejectionsNotKept.inc(count);
    }

    private static Counter counter(PrometheusRegistry registry, String name, String help, String... labels) {
        return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
    }
}
