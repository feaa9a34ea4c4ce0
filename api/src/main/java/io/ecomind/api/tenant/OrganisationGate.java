package io.ecomind.api.tenant;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.TooManyRequests;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets so many questions of one organisation be answered at once, and so many costly ones of all. Thread-safe. What is let in
 * is closed when it has been answered.
 */
final class OrganisationGate {
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration LATER = Duration.ofSeconds(5);

    /** Those of organisations that ask nothing are forgotten. */
    private final Cache<String, Permits> permits =
            Caffeine.newBuilder().weakValues().build();

    private final QueryLimits limits;
    private final Semaphore costly;

    private record Permits(Semaphore reads, Semaphore costly) {}

    /** A question that is being answered. */
    interface Admitted extends AutoCloseable {
        @Override
        void close();
    }

    OrganisationGate(QueryLimits limits) {
        this.limits = limits;
        this.costly = new Semaphore(limits.answers().costly());
    }

    /** @throws AppException RATE_LIMITED when the organisation has too many questions at once */
    Admitted read(String orgId) {
        Permits of = of(orgId);
        if (!of.reads.tryAcquire()
                && (of.reads.getQueueLength() >= limits.questions().waiting() || !await(of.reads))) {
            throw TooManyRequests.of(
                    "an organisation must ask at most " + limits.questions().atOnce() + " questions at once", SOON);
        }
        // The permits are held by what is returned, or they could be forgotten meanwhile.
        return () -> of.reads.release();
    }

    /** @throws AppException RATE_LIMITED when the organisation has too many costly answers at once, UNAVAILABLE when all do */
    Admitted costly(String orgId) {
        Permits of = of(orgId);
        if (!of.costly.tryAcquire()) {
            throw TooManyRequests.of(
                    "an organisation must ask for at most " + limits.answers().costlyPerOrganisation()
                            + " answers of more than " + limits.answers().costlyRows() + " rows at once",
                    LATER);
        }
        if (!costly.tryAcquire()) {
            of.costly.release();
            throw new AppException(
                    ErrorCode.UNAVAILABLE, "the server writes as many large answers as it can at once", LATER);
        }
        return () -> {
            costly.release();
            of.costly.release();
        };
    }

    private Permits of(String orgId) {
        return permits.get(
                orgId,
                any -> new Permits(
                        new Semaphore(limits.questions().atOnce(), true),
                        new Semaphore(limits.answers().costlyPerOrganisation())));
    }

    private boolean await(Semaphore reads) {
        try {
            return reads.tryAcquire(limits.questions().longestWait().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
