package io.ecomind.dev.check.attack;

import io.ecomind.api.tenant.QueryLimits;
import io.ecomind.dev.stack.StackTuning;
import io.ecomind.ingest.IngestLimits;
import io.ecomind.ingest.grpc.GrpcLimits;
import io.ecomind.ingest.grpc.GrpcLimits.GrpcCalls;
import io.ecomind.ingest.grpc.GrpcLimits.GrpcConnections;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.service.auth.KeyCacheLimits;
import io.ecomind.service.http.HttpLimits;
import java.time.Duration;
import java.util.List;

/**
 * Limits and passwords of the servers, which are taken away at the start of a stack. Each has a try of
 * its own, which is made on one stack without all of them: that a try fails there shows that it fails without these limits
 * together, and not that it would miss the one alone. Stateless.
 */
final class LimitMutants {
    /** Enough for an answer that is too large, and not so much that the stack, which runs in this process, dies of it. */
    private static final int MANY = 50_000;

    /** For all answers of a try that are in memory at once. */
    private static final long MUCH = 512L << 20;

    /** Longer than any name in a try. */
    private static final int LONG_MESSAGE = 4 << 20;

    private static final Duration LONG = Duration.ofHours(1);

    /** The limits of a stack that has none of these. */
    static final StackTuning WITHOUT = new StackTuning(
            // Without the memory, too: it would refuse what the limits of queries no longer refuse.
            HttpLimits.DEFAULT.withTimes(LONG, LONG, LONG).withBufferedBytes(MUCH, MUCH),
            HttpLimits.MANAGEMENT.withRequests(8, MANY, MANY, MANY),
            new GrpcLimits(
                    new GrpcConnections(MANY, MANY, MANY, MANY),
                    new GrpcCalls(MANY, MANY, MANY),
                    GrpcLimits.DEFAULT.messages(),
                    GrpcLimits.DEFAULT.times().with(LONG, LONG, LONG)),
            new IngestLimits(
                    new ItemLimits(MANY, 2 * MANY, 10 * MANY, MANY, LONG_MESSAGE),
                    IngestLimits.DEFAULT.rejections(),
                    IngestLimits.DEFAULT.names(),
                    KeyCacheLimits.DEFAULT.withUnproven(MANY)),
            QueryLimits.DEFAULT.withCostly(
                    QueryLimits.DEFAULT.answers().maxRows(),
                    MANY,
                    MANY,
                    QueryLimits.DEFAULT.answers().maxRows()),
            true);

    private LimitMutants() {}

    static List<Mutant> all() {
        return List.of(
                started("messages of gRPC may take for ever", "1e"),
                started("a gRPC connection may have any number of calls", "1f"),
                started("a message that is announced may take for ever, whatever its size", "1g"),
                started("gRPC keeps any number of connections", "1h"),
                started("gRPC takes any number of control frames", "1j"),
                started("an organisation may have calls on any number of connections", "1k"),
                started("bodies of HTTP may take for ever", "3a"),
                started("headers of HTTP may take for ever", "3b"),
                started("all errors of an item are listed", "2a"),
                started("all errors of a request are listed", "2c"),
                started("all unknown fields are named in warnings", "2d"),
                started("messages of errors have any length", "2f"),
                started("answers of any cost may be asked for at once", "2g"),
                started("the management port keeps any number of connections", "3d"),
                started("large objects and advisory locks are open to everybody", "9g"),
                started("any number of callers waits for keys that may be invented", "10c"),
                started("Redis asks for no password", "11b"),
                started("Kafka asks for no login", "11c"),
                started("Flink's port answers everybody", "11d"));
    }

    private static Mutant started(String name, String attempt) {
        return new Mutant(name, attempt, stage -> () -> {
            // It was taken away at the start and goes with the stack.
        });
    }
}
