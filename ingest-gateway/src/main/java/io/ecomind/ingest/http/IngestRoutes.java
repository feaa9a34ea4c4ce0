package io.ecomind.ingest.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Permission;
import io.ecomind.ingest.GatewayMetrics;
import io.ecomind.ingest.IngestResult;
import io.ecomind.ingest.IngestService;
import io.ecomind.ingest.limits.RateLimitDecision;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.ingest.validation.Warnings;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.MachineKey;
import io.ecomind.service.auth.Principal;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.service.http.Problem;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@code POST /v1/ingest}. Thread-safe. */
public final class IngestRoutes implements HttpFeature {
    private static final String PATH = "/v1/ingest";
    private static final byte[] NO_BODY = new byte[0];

    private final IngestService service;
    private final GatewayMetrics metrics;
    private final CrossOrigin crossOrigin;
    private final ItemLimits limits;

    public IngestRoutes(IngestService service, GatewayMetrics metrics, CrossOrigin crossOrigin, ItemLimits limits) {
        this.service = service;
        this.metrics = metrics;
        this.crossOrigin = crossOrigin;
        this.limits = limits;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.before(PATH, crossOrigin::allow);
        routes.options(PATH, crossOrigin::preflight, Access.PUBLIC);
        routes.post(PATH, this::ingest, Access.to(Permission.USAGE_WRITE));
        // Also called when the request was rejected before its handler, for example without a valid key.
        routes.after(PATH, ctx -> {
            if (ctx.method().equals(HandlerType.POST)) {
                metrics.request(ctx.statusCode());
            }
        });
    }

    private void ingest(Context ctx) {
        CompletableFuture<IngestResult> result = accept(ctx);
        // Without a servlet thread: this one goes back to take other requests while Kafka works.
        ctx.future(() -> result.thenAccept(done -> write(ctx, done)));
    }

    private CompletableFuture<IngestResult> accept(Context ctx) {
        MachineKey caller = (MachineKey) Principal.of(ctx);
        byte[] body = NO_BODY;
        try {
            boolean lines = RequestBody.isLines(ctx.header("Content-Type"));
            body = read(ctx);
            if (body.length == 0) {
                throw new AppException(ErrorCode.EMPTY_BODY, "the body is empty");
            }
            var warnings = new Warnings(limits);
            List<EventDraft> drafts =
                    lines ? JsonItems.lines(body, limits, warnings) : JsonItems.document(body, limits, warnings);
            return service.ingest(caller, drafts, ctx.header("Idempotency-Key"), warnings);
        } catch (AppException problem) {
            service.rejectRequest(caller, problem, body);
            throw problem;
        }
    }

    private static byte[] read(Context ctx) {
        try {
            return RequestBody.read(ctx);
        } catch (IOException broken) {
            // The client went away or was too slow: its fault or the network's, and no error of ours to log.
            throw AppException.ofTransfer(ErrorCode.INVALID_REQUEST, "the body ended before it was complete");
        }
    }

    private static void write(Context ctx, IngestResult result) {
        RateLimitDecision rateLimit = result.rateLimit();
        if (rateLimit != null) {
            ctx.header("RateLimit-Limit", Long.toString(rateLimit.limit()));
            ctx.header("RateLimit-Remaining", Long.toString(rateLimit.remaining()));
            ctx.header("RateLimit-Reset", Long.toString(rateLimit.resetSeconds()));
        }
        AppException problem = result.problem();
        if (problem == null) {
            ctx.status(202).contentType("application/json").result(IngestViews.accepted(result));
        } else {
            Problem.answer(ctx, problem, IngestViews.problemMembers(result, problem));
        }
    }
}
