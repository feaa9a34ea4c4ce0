package io.ecomind.ingest.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.ingest.GatewayMetrics;
import io.ecomind.ingest.IngestResult;
import io.ecomind.ingest.IngestService;
import io.ecomind.ingest.limits.RateLimiter;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.Warnings;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.auth.Caller;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.service.http.Problem;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@code POST /v1/ingest}. Thread-safe. */
public final class IngestRoutes implements HttpFeature {
    private static final byte[] NO_BODY = new byte[0];

    private final Authenticator authenticator;
    private final IngestService service;
    private final GatewayMetrics metrics;

    public IngestRoutes(Authenticator authenticator, IngestService service, GatewayMetrics metrics) {
        this.authenticator = authenticator;
        this.service = service;
        this.metrics = metrics;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.post("/v1/ingest", this::ingest);
    }

    private void ingest(Context ctx) {
        CompletableFuture<IngestResult> answer;
        try {
            answer = accept(ctx);
        } catch (AppException problem) {
            metrics.request(problem.code().httpStatus());
            throw problem;
        }
        // Without a servlet thread: this one goes back to take other requests while Kafka works.
        ctx.future(() -> answer.thenAccept(done -> write(ctx, done)));
    }

    private CompletableFuture<IngestResult> accept(Context ctx) {
        Caller caller = authenticator.authenticate(ctx.header("Authorization"), "ingest");
        byte[] body = NO_BODY;
        try {
            boolean lines = RequestBody.isLines(ctx.header("Content-Type"));
            body = read(ctx);
            if (body.length == 0) {
                throw new AppException(ErrorCode.EMPTY_BODY, "the body is empty");
            }
            var warnings = new Warnings();
            List<EventDraft> drafts = lines ? JsonItems.lines(body, warnings) : JsonItems.document(body, warnings);
            return service.ingest(caller, drafts, ctx.header("Idempotency-Key"), warnings);
        } catch (AppException problem) {
            service.refused(caller, problem, body);
            throw problem;
        }
    }

    private static byte[] read(Context ctx) {
        try {
            return RequestBody.read(ctx.req().getInputStream(), ctx.header("Content-Encoding"));
        } catch (IOException broken) {
            // The client went away or was too slow: its fault or the network's, and no error of ours to log.
            throw new AppException(ErrorCode.INVALID_PARAMETER, "the body ended before it was complete");
        }
    }

    private void write(Context ctx, IngestResult answer) {
        RateLimiter.Draw quota = answer.quota();
        if (quota != null) {
            ctx.header("RateLimit-Limit", Long.toString(quota.limit()));
            ctx.header("RateLimit-Remaining", Long.toString(quota.remaining()));
            ctx.header("RateLimit-Reset", Long.toString(quota.resetSeconds()));
        }
        AppException problem = answer.problem();
        if (problem == null) {
            ctx.status(202).contentType("application/json").result(answer.toJson());
        } else {
            Problem.answer(ctx, problem, answer.problemMembers());
        }
        metrics.request(ctx.statusCode());
    }
}
