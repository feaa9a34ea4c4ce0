package io.ecomind.service.http;

import io.ecomind.contracts.Limits;
import io.ecomind.service.limits.OrganisationLoads;
import io.ecomind.service.limits.Refusals;
import io.ecomind.service.limits.TransferRate;
import java.time.Duration;

/**
 * What an HTTP server grants its clients. Immutable. {@link #DEFAULT} is what processes use; a throwaway stack of the module
 * {@code dev} can be started with one limit changed, to see the check fail that relies on it.
 */
public record HttpLimits(HttpRequests requests, HttpBodies bodies, HttpTimes times) {
    public static final HttpLimits DEFAULT = new HttpLimits(
            new HttpRequests(64, 512, 1_024, 16, 256),
            new HttpBodies(Limits.MAX_BODY_BYTES, 128L << 20, 32L << 20),
            new HttpTimes(Duration.ofSeconds(30), Duration.ofSeconds(10), 16 * 1024, Duration.ofMinutes(5)));

    /** Of the management port. */
    public static final HttpLimits MANAGEMENT = DEFAULT.withRequests(8, 64, 64, 8);

    /**
     * Limits of requests and connections.
     *
     * @param workers threads that handle requests; none of them waits for a client's bytes, except for a streamed answer
     * @param queued requests that wait for a worker; more are refused
     * @param connections open connections; a further one takes the place of the one that has been idle longest
     * @param withoutKey requests without a credential that are handled at once
     * @param perOrganisation requests of one organisation that are in progress at once
     */
    public record HttpRequests(int workers, int queued, int connections, int withoutKey, int perOrganisation) {}

    /**
     * Limits of bodies.
     *
     * @param bytes largest request body, as it comes over the wire
     * @param bufferedBytes request bodies in memory, as they came and inflated, and answers that are made before they go out,
     *     of all requests together
     * @param bufferedBytesPerOrganisation the same of one organisation
     */
    public record HttpBodies(int bytes, long bufferedBytes, long bufferedBytesPerOrganisation) {}

    /**
     * How long clients may take.
     *
     * @param idle how long a connection may be without a request, which includes the time that the headers of one take
     * @param grace how long a body may take before {@code bytesPerSecond} is asked of it, and likewise an answer
     * @param bytesPerSecond least rate of a body and of the reader of an answer
     * @param answer how long a client may take for an answer, at whatever rate it reads
     */
    public record HttpTimes(Duration idle, Duration grace, int bytesPerSecond, Duration answer) {
        /** How slowly a body may come, and an answer be read. */
        TransferRate rate() {
            return new TransferRate(grace, bytesPerSecond);
        }
    }

    /** What organisations have in work of a server that has nothing in work yet. */
    OrganisationLoads loads(Refusals refusals) {
        return new OrganisationLoads(
                requests.perOrganisation, bodies.bufferedBytesPerOrganisation, bodies.bufferedBytes, refusals);
    }

    /** The same limits with others of requests and connections. */
    public HttpLimits with(HttpRequests other) {
        return new HttpLimits(other, bodies, times);
    }

    /** The same limits with others of requests, and as many without a credential as before. */
    public HttpLimits withRequests(int workers, int queued, int connections, int perOrganisation) {
        return with(new HttpRequests(workers, queued, connections, requests.withoutKey, perOrganisation));
    }

    /** The same limits with other amounts of memory for bodies. */
    public HttpLimits withBufferedBytes(long total, long perOrganisation) {
        return new HttpLimits(requests, new HttpBodies(bodies.bytes, total, perOrganisation), times);
    }

    /** The same limits with other times. */
    public HttpLimits withTimes(Duration idle, Duration grace, Duration answer) {
        return new HttpLimits(requests, bodies, new HttpTimes(idle, grace, times.bytesPerSecond, answer));
    }
}
