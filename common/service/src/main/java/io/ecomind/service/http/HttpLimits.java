package io.ecomind.service.http;

import io.ecomind.contracts.Limits;
import io.ecomind.service.limits.TransferRate;
import java.time.Duration;

/**
 * What an HTTP server grants its clients. Immutable. {@link #DEFAULT} is what processes use; a throwaway stack of the module
 * {@code dev} can be started with one limit changed, to see the check fail that relies on it.
 *
 * @param workers threads that handle requests; none of them waits for a client's bytes, except for a streamed answer
 * @param queuedRequests requests that wait for a worker; more are refused
 * @param connections open connections; a further one takes the place of the one that has been idle longest
 * @param publicRequests requests without a credential that are handled at once
 * @param requestsPerOrganisation requests of one organisation that are in progress at once
 * @param bodyBytes largest request body, as it comes over the wire
 * @param bufferedBytes request bodies in memory, as they came and inflated, and answers that are made before they go out, of
 *     all requests together
 * @param bufferedBytesPerOrganisation the same of one organisation
 * @param idle how long a connection may be without a request, which includes the time that the headers of one take
 * @param grace how long a body may take before {@code bytesPerSecond} is asked of it, and likewise an answer
 * @param bytesPerSecond least rate of a body and of the reader of an answer
 * @param answer how long a client may take for an answer, at whatever rate it reads
 */
public record HttpLimits(
        int workers,
        int queuedRequests,
        int connections,
        int publicRequests,
        int requestsPerOrganisation,
        int bodyBytes,
        long bufferedBytes,
        long bufferedBytesPerOrganisation,
        Duration idle,
        Duration grace,
        int bytesPerSecond,
        Duration answer) {
    public static final HttpLimits DEFAULT = new HttpLimits(
            64,
            512,
            1_024,
            16,
            256,
            Limits.MAX_BODY_BYTES,
            128L << 20,
            32L << 20,
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            16 * 1024,
            Duration.ofMinutes(5));

    /** How slowly a body may come, and an answer be read. */
    TransferRate rate() {
        return new TransferRate(grace, bytesPerSecond);
    }

    /** The same limits with other times, for tests and for trials on a throwaway stack. */
    public HttpLimits withTimes(Duration newIdle, Duration newGrace, Duration newAnswer) {
        return new HttpLimits(
                workers,
                queuedRequests,
                connections,
                publicRequests,
                requestsPerOrganisation,
                bodyBytes,
                bufferedBytes,
                bufferedBytesPerOrganisation,
                newIdle,
                newGrace,
                bytesPerSecond,
                newAnswer);
    }

    /** The same limits with other numbers of requests. */
    public HttpLimits withRequests(int newWorkers, int newQueued, int newConnections, int newPerOrganisation) {
        return new HttpLimits(
                newWorkers,
                newQueued,
                newConnections,
                publicRequests,
                newPerOrganisation,
                bodyBytes,
                bufferedBytes,
                bufferedBytesPerOrganisation,
                idle,
                grace,
                bytesPerSecond,
                answer);
    }

    /** The same limits with other amounts of memory for bodies. */
    public HttpLimits withBufferedBytes(long newTotal, long newPerOrganisation) {
        return new HttpLimits(
                workers,
                queuedRequests,
                connections,
                publicRequests,
                requestsPerOrganisation,
                bodyBytes,
                newTotal,
                newPerOrganisation,
                idle,
                grace,
                bytesPerSecond,
                answer);
    }
}
