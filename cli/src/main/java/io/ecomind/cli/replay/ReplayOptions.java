package io.ecomind.cli.replay;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What to replay and how. Immutable.
 *
 * @param format null: guessed from the first line
 * @param orgId null: the one of the API key
 * @param provider null: what the trace or its format says
 * @param model null: what the trace or its format says
 * @param region null: what the trace says
 * @param start where the first event is moved to; null keeps the trace's own times
 * @param speedFactor 0: as fast as possible; otherwise how many times as fast as it happened
 */
public record ReplayOptions(
        Path file,
        @Nullable TraceFormat format,
        @Nullable String orgId,
        @Nullable String provider,
        @Nullable String model,
        @Nullable String region,
        Start start,
        double speedFactor) {

    /**
     * Where a trace begins.
     *
     * @param given the first event's new time, null when none was asked for
     * @param original true: the trace's own times were asked for
     * @param fallback used for traces that are not the wire's own when nothing was asked for
     */
    public record Start(@Nullable Instant given, boolean original, Instant fallback) {}
}
