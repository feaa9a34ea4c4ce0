package io.ecomind.ingest.limits;

import io.ecomind.connect.RedisSettings;
import io.ecomind.ingest.GatewayMetrics;
import io.ecomind.service.auth.MachineKey;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConfigurationBuilder;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds organisations to the limits of their plan, over all gateways, with token buckets in Redis. Thread-safe.
 *
 * <p>Without Redis everything passes: losing events would be worse than taking too many. It waits at most
 * {@link #TIMEOUT}, and after a failure lets requests pass unasked for {@link #PAUSE}.
 */
public final class RateLimiter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RateLimiter.class);
    private static final Duration TIMEOUT = Duration.ofMillis(200);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final long WARNING_PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

    private final RedisClient redis;
    private final RedisURI address;
    private final GatewayMetrics metrics;
    private final AtomicLong pausedUntil = new AtomicLong(System.nanoTime());
    private final AtomicLong nextWarning = new AtomicLong(System.nanoTime());
    private CompletableFuture<AsyncProxyManager<String>> buckets;

    public RateLimiter(RedisSettings settings, GatewayMetrics metrics) {
        this.metrics = metrics;
        this.address = RedisConnections.address(settings);
        this.redis = RedisClient.create();
        redis.setOptions(RedisConnections.options(settings)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(Duration.ofSeconds(1))
                        .build())
                .build());
        this.buckets = connect();
    }

    /**
     * Takes n events from the organisation's buckets, or none.
     *
     * @return null when the plan has no limit, or when Redis did not answer
     */
    @Nullable
    public RateLimitDecision consume(MachineKey caller, int n) {
        Long perMinute = caller.eventsPerMinute();
        Long perDay = caller.eventsPerDay();
        if (perMinute == null && perDay == null) {
            return null;
        }
        if (System.nanoTime() - pausedUntil.get() < 0) {
            metrics.rateLimitBypassed();
            return null;
        }
        long limit = Math.min(perMinute == null ? Long.MAX_VALUE : perMinute, perDay == null ? Long.MAX_VALUE : perDay);
        try {
            ConsumptionProbe probe = buckets()
                    .thenCompose(all -> all.builder()
                            .build(
                                    keyOf(caller),
                                    () -> CompletableFuture.completedFuture(configuration(perMinute, perDay)))
                            .tryConsumeAndReturnRemaining(n))
                    .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            return new RateLimitDecision(
                    probe.isConsumed(),
                    limit,
                    probe.getRemainingTokens(),
                    seconds(probe.getNanosToWaitForReset()),
                    probe.isConsumed() ? 0 : Math.max(1, seconds(probe.getNanosToWaitForRefill())));
        } catch (ExecutionException | TimeoutException failure) {
            bypass(failure);
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    @Override
    public void close() {
        redis.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    private synchronized CompletableFuture<AsyncProxyManager<String>> buckets() {
        if (buckets.isCompletedExceptionally()) {
            buckets = connect();
        }
        return buckets;
    }

    private CompletableFuture<AsyncProxyManager<String>> connect() {
        return redis.connectAsync(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE), address)
                .toCompletableFuture()
                .thenApply(connection -> Bucket4jLettuce.casBasedBuilder(connection)
                        .expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(
                                Duration.ofMinutes(1)))
                        .requestTimeout(TIMEOUT)
                        .build()
                        .asAsync());
    }

    private void bypass(Exception failure) {
        metrics.rateLimitBypassed();
        long now = System.nanoTime();
        pausedUntil.set(now + PAUSE.toNanos());
        long due = nextWarning.get();
        if (now - due >= 0 && nextWarning.compareAndSet(due, now + WARNING_PAUSE_NANOS)) {
            log.atWarn()
                    .addKeyValue("cause", String.valueOf(failure))
                    .log("Redis does not answer; requests pass without rate limit");
        }
    }

    /** With the limits in it: an organisation that changes its plan gets new buckets. */
    private static String keyOf(MachineKey caller) {
        return "ecomind:ingest-limit:" + caller.orgId() + ":" + caller.eventsPerMinute() + ":" + caller.eventsPerDay();
    }

    private static BucketConfiguration configuration(@Nullable Long perMinute, @Nullable Long perDay) {
        ConfigurationBuilder configuration = BucketConfiguration.builder();
        if (perMinute != null) {
            configuration.addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)));
        }
        if (perDay != null) {
            configuration.addLimit(limit -> limit.capacity(perDay).refillGreedy(perDay, Duration.ofDays(1)));
        }
        return configuration.build();
    }

    /** Rounded up, and never more than a day: a request that is larger than the bucket would wait for ever. */
    private static long seconds(long nanos) {
        return Math.min(86_400, (nanos - 1) / 1_000_000_000 + 1);
    }
}
