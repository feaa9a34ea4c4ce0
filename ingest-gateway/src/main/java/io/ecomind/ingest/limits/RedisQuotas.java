package io.ecomind.ingest.limits;

import io.ecomind.connect.RedisSettings;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Runs {@code draw.lua} in Redis, which all gateways share. Thread-safe. Starts while Redis is still away. */
final class RedisQuotas implements AutoCloseable {
    /** Beyond it commands fail at once: while Redis is silent, nothing may pile up. */
    private static final int MAX_WAITING = 10_000;
    /** Longer than any day, so that a number never leaves before its day has ended everywhere. */
    private static final String KEEP_DAY_SECONDS =
            Long.toString(Duration.ofDays(3).toSeconds());

    private final RedisClient client = RedisClient.create();
    private final RedisURI address;
    private final String script;
    private CompletableFuture<StatefulRedisConnection<String, String>> connection;
    private volatile String digest = "";

    RedisQuotas(RedisSettings settings) {
        this.address = RedisConnections.address(settings);
        this.script = script();
        client.setOptions(RedisConnections.options(settings)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(MAX_WAITING)
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(Duration.ofSeconds(1))
                        .build())
                .build());
        this.connection = connect();
    }

    /** Draws; the future fails when Redis does not answer or not with a draw. */
    CompletableFuture<QuotaDraw> draw(Quota quota, long n, boolean partial, long granted) {
        String[] keys = {quota.bucketKey(), quota.dayKey()};
        String[] arguments = {
            Long.toString(n),
            partial ? "1" : "0",
            Long.toString(quota.perMinute()),
            Long.toString(quota.perDay()),
            Long.toString(granted),
            KEEP_DAY_SECONDS
        };
        return connected()
                .thenCompose(open -> {
                    var commands = open.async();
                    if (digest.isEmpty()) {
                        digest = commands.digest(script);
                    }
                    CompletionStage<List<Object>> known =
                            commands.evalsha(digest, ScriptOutputType.MULTI, keys, arguments);
                    // Redis forgets its scripts when it starts.
                    return known.handle((reply, failure) -> isUnknownScript(failure)
                                    ? commands.<List<Object>>eval(script, ScriptOutputType.MULTI, keys, arguments)
                                    : known)
                            .thenCompose(Function.identity());
                })
                .thenApply(reply -> toDraw(quota, reply));
    }

    /** Whether there is a connection now. */
    boolean isConnected() {
        CompletableFuture<StatefulRedisConnection<String, String>> now = current();
        return now.isDone() && !now.isCompletedExceptionally() && now.join().isOpen();
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    private synchronized CompletableFuture<StatefulRedisConnection<String, String>> current() {
        return connection;
    }

    private synchronized CompletableFuture<StatefulRedisConnection<String, String>> connected() {
        if (connection.isCompletedExceptionally()) {
            connection = connect();
        }
        return connection;
    }

    private CompletableFuture<StatefulRedisConnection<String, String>> connect() {
        return client.connectAsync(StringCodec.UTF8, address).toCompletableFuture();
    }

    private static boolean isUnknownScript(Throwable failure) {
        return failure instanceof RedisNoScriptException
                || (failure instanceof CompletionException && failure.getCause() instanceof RedisNoScriptException);
    }

    private static QuotaDraw toDraw(Quota quota, List<Object> reply) {
        return new QuotaDraw(
                (Long) reply.get(0),
                quota.perMinute() > 0 ? (Long) reply.get(1) : Long.MAX_VALUE,
                quota.perDay() > 0 ? Math.max(0, (Long) reply.get(2)) : Long.MAX_VALUE,
                (Long) reply.get(3),
                (Long) reply.get(4));
    }

    private static String script() {
        try (InputStream in = RedisQuotas.class.getResourceAsStream("draw.lua")) {
            if (in == null) {
                throw new IllegalStateException("the class path has no draw.lua");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
