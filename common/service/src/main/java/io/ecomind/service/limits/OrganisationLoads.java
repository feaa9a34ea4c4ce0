package io.ecomind.service.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the requests in progress take of one server, by organisation: their number, and the bytes of their bodies in memory.
 * Thread-safe. An organisation's share of the whole is limited, so that it leaves room for the others.
 */
public final class OrganisationLoads {
    /** One that nothing is in progress of is forgotten. */
    private final Cache<String, OrganisationLoad> loads =
            Caffeine.newBuilder().weakValues().build();

    private final AtomicLong bytes = new AtomicLong();
    private final int maxRequests;
    private final long maxBytes;
    private final long maxBytesInAll;
    private final Refusals refusals;

    /** The load of one organisation. Thread-safe. */
    public static final class OrganisationLoad {
        private final AtomicInteger requests = new AtomicInteger();
        private final AtomicLong bytes = new AtomicLong();

        private OrganisationLoad() {}

        /** The request is answered. */
        public void leave() {
            requests.decrementAndGet();
        }
    }

    /**
     * Of a server on which nothing is in progress.
     *
     * @param maxRequests of one organisation
     * @param maxBytes of one organisation
     * @param maxBytesInAll of all organisations together
     */
    public OrganisationLoads(int maxRequests, long maxBytes, long maxBytesInAll, Refusals refusals) {
        this.maxRequests = maxRequests;
        this.maxBytes = maxBytes;
        this.maxBytesInAll = maxBytesInAll;
        this.refusals = refusals;
    }

    /**
     * Counts a request, until {@link OrganisationLoad#leave}.
     *
     * @throws io.ecomind.service.AppException RATE_LIMITED
     */
    public OrganisationLoad enter(String orgId) {
        OrganisationLoad load = loads.get(orgId, any -> new OrganisationLoad());
        if (load.requests.incrementAndGet() > maxRequests) {
            load.requests.decrementAndGet();
            throw refusals.tooManyOfOrganisation(maxRequests);
        }
        return load;
    }

    /** What the answers to senders without a key take: all of them share one load. */
    public OrganisationLoad anonymous() {
        return loads.get("", any -> new OrganisationLoad());
    }

    /**
     * Takes memory, until {@link #release}.
     *
     * @throws io.ecomind.service.AppException RATE_LIMITED when the organisation holds too much, UNAVAILABLE when all do
     */
    public void reserve(OrganisationLoad load, long count) {
        if (load.bytes.addAndGet(count) > maxBytes) {
            load.bytes.addAndGet(-count);
            throw refusals.tooManyBytesOfOrganisation(maxBytes);
        }
        if (bytes.addAndGet(count) > maxBytesInAll) {
            release(load, count);
            throw refusals.tooManyBytes();
        }
    }

    public void release(OrganisationLoad load, long count) {
        load.bytes.addAndGet(-count);
        bytes.addAndGet(-count);
    }
}
