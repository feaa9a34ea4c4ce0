package io.ecomind.dev.stack;

import io.ecomind.api.tenant.QueryLimits;
import io.ecomind.ingest.IngestLimits;
import io.ecomind.ingest.grpc.GrpcLimits;
import io.ecomind.service.http.HttpLimits;

/**
 * The limits of the servers of a stack. Every stack has {@link #DEFAULT}; a throwaway one may be started with others, to see
 * which check misses a limit. Immutable.
 *
 * @param openServers whether the embedded Redis, Kafka and Flink let in everybody on the machine, and PostgreSQL leaves
 *     everybody the rights that it comes with
 */
public record StackTuning(
        HttpLimits http,
        HttpLimits management,
        GrpcLimits grpc,
        IngestLimits ingest,
        QueryLimits queries,
        boolean openServers) {
    public static final StackTuning DEFAULT = new StackTuning(
            HttpLimits.DEFAULT,
            HttpLimits.MANAGEMENT,
            GrpcLimits.DEFAULT,
            IngestLimits.DEFAULT,
            QueryLimits.DEFAULT,
            false);
}
