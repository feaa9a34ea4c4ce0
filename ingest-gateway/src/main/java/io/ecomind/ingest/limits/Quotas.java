package io.ecomind.ingest.limits;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.ecomind.connect.RedisSettings;
import io.ecomind.ingest.GatewayMetrics;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Draws from the quotas of organisations: from those that all gateways share in Redis or, for as long as Redis does not
 * answer, from this gateway's part of them. Thread-safe.
 *
 * <p>A draw that was not answered in time is made here, and says nothing of other draws. Only when several in a row were not
 * answered, or there is no connection, Redis is not asked for a moment; limits hold meanwhile, in parts.
 */
public final class Quotas implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Quotas.class);
    private static final int MAX_ORGANISATIONS = 50_000;
    private static final long WARNING_PAUSE_NANOS = Duration.ofMinutes(1).toNanos();
    /** Longer than any day: what was granted here on a day is not granted again. */
    private static final Duration REMEMBERED = Duration.ofHours(27);

    private final RedisQuotas redis;
    private final QuotaSettings settings;
    private final GatewayMetrics metrics;
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicLong pausedUntil = new AtomicLong(System.nanoTime());
    private final AtomicBoolean away = new AtomicBoolean();
    private final AtomicLong nextWarning = new AtomicLong(System.nanoTime());
    private final LoadingCache<String, LocalQuota> locals = Caffeine.newBuilder()
            .maximumSize(MAX_ORGANISATIONS)
            .expireAfterAccess(REMEMBERED)
            .build(key -> new LocalQuota());

    /**
     * A draw, and where it was made.
     *
     * @param quota what was drawn from: the whole or this gateway's share
     */
    record PlacedDraw(Quota quota, QuotaDraw draw, boolean isShare) {}

    public Quotas(RedisSettings address, QuotaSettings settings, GatewayMetrics metrics) {
        this.redis = new RedisQuotas(address);
        this.settings = settings;
        this.metrics = metrics;
    }

    /** Takes n, or none; or as many as there are up to n. */
    PlacedDraw draw(Quota quota, long n, boolean partial) {
        LocalQuota local = locals.get(quota.bucketKey());
        if (System.nanoTime() - pausedUntil.get() < 0) {
            return drawHere(local, quota, n, partial);
        }
        long owed = local.takeOwed(quota.date());
        CompletableFuture<QuotaDraw> asked = redis.draw(quota, n, partial, owed);
        try {
            QuotaDraw draw = asked.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
            answered();
            local.remember(quota.date(), draw.dayLeft());
            return new PlacedDraw(quota, draw, false);
        } catch (ExecutionException failure) {
            local.owe(quota.date(), owed);
            failed(failure.getCause());
        } catch (TimeoutException late) {
            // Whether it is counted in Redis shows when the answer comes after all.
            asked.whenComplete((draw, failure) -> local.owe(quota.date(), draw == null ? owed : -draw.taken()));
            failed(late);
        } catch (InterruptedException e) {
            asked.whenComplete((draw, failure) -> local.owe(quota.date(), draw == null ? owed : -draw.taken()));
            Thread.currentThread().interrupt();
        }
        return drawHere(local, quota, n, partial);
    }

    /** Into how many parts a quota is divided while Redis does not answer. */
    int replicas() {
        return settings.replicas();
    }

    /** That quotas are not shared at the moment; null when they are. For the readiness page. */
    public @Nullable String note() {
        return away.get() || !redis.isConnected()
                ? "Redis does not answer; each gateway grants 1/" + settings.replicas() + " of each plan's limits"
                : null;
    }

    @Override
    public void close() {
        redis.close();
    }

    private PlacedDraw drawHere(LocalQuota local, Quota quota, long n, boolean partial) {
        metrics.drawnFromShare();
        Quota share = quota.share(settings.replicas());
        return new PlacedDraw(share, local.draw(share, n, partial, System.nanoTime() / 1_000_000), true);
    }

    private void answered() {
        if (unanswered.get() != 0) {
            unanswered.set(0);
        }
        if (away.get() && away.compareAndSet(true, false)) {
            log.debug("Redis answers again; limits are shared by all gateways");
        }
    }

    private void failed(@Nullable Throwable cause) {
        // An error that Redis itself sends, such as that it is out of memory, is quick and may be about this draw only.
        boolean silent = cause instanceof TimeoutException && unanswered.incrementAndGet() >= settings.silence();
        boolean disconnected =
                cause instanceof RedisConnectionException || (cause instanceof RedisException && !redis.isConnected());
        if (silent || disconnected) {
            pausedUntil.set(System.nanoTime() + settings.pause().toNanos());
        }
        if (!silent && !disconnected && !(cause instanceof RedisException)) {
            return;
        }
        away.set(true);
        long now = System.nanoTime();
        long due = nextWarning.get();
        if (now - due >= 0 && nextWarning.compareAndSet(due, now + WARNING_PAUSE_NANOS)) {
            log.atWarn()
                    .addKeyValue("cause", String.valueOf(cause))
                    .addKeyValue("replicas", settings.replicas())
                    .log("Redis does not answer; each gateway grants its part of each plan's limits");
        }
    }
}
