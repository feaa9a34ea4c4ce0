package io.ecomind.ingest.grpc;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Permission;
import io.ecomind.contracts.v1.IngestError;
import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.contracts.v1.IngestRequest;
import io.ecomind.contracts.v1.IngestResponse;
import io.ecomind.contracts.v1.IngestServiceGrpc;
import io.ecomind.ingest.IngestResult;
import io.ecomind.ingest.IngestService;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.ItemError;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.ingest.validation.Warnings;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.auth.MachineKey;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The same ingest over gRPC. Thread-safe. */
public final class IngestGrpc extends IngestServiceGrpc.IngestServiceImplBase {
    static final Metadata.Key<String> CODE = Metadata.Key.of("ecomind-code", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> RETRY_AFTER = Metadata.Key.of("retry-after", Metadata.ASCII_STRING_MARSHALLER);

    private static final Logger log = LoggerFactory.getLogger(IngestGrpc.class);
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Context.Key<String> SENT_AUTHORIZATION = Context.key("authorization");
    /** Status and trailers travel in HTTP/2 headers, whose size is bounded. */
    private static final int MAX_DESCRIBED = 5;

    private final Authenticator authenticator;
    private final IngestService service;
    private final ItemLimits limits;

    public IngestGrpc(Authenticator authenticator, IngestService service, ItemLimits limits) {
        this.authenticator = authenticator;
        this.service = service;
        this.limits = limits;
    }

    /** Makes the metadata entry {@code authorization} visible to the method. */
    public static ServerInterceptor authorization() {
        return new ServerInterceptor() {
            @Override
            public <Q, A> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
                Context context = Context.current().withValue(SENT_AUTHORIZATION, headers.get(AUTHORIZATION));
                return Contexts.interceptCall(context, call, headers, next);
            }
        };
    }

    @Override
    public void ingest(IngestRequest request, StreamObserver<IngestResponse> observer) {
        try {
            MachineKey caller = authenticator.authenticate(SENT_AUTHORIZATION.get(), Permission.USAGE_WRITE);
            accept(caller, request, observer);
        } catch (AppException problem) {
            observer.onError(statusOf(problem, List.of()));
        } catch (RuntimeException bug) {
            respond(observer, null, bug);
        }
    }

    private void accept(MachineKey caller, IngestRequest request, StreamObserver<IngestResponse> observer) {
        try {
            if (request.getItemsCount() > Limits.MAX_ITEMS) {
                throw new AppException(
                        ErrorCode.TOO_MANY_ITEMS,
                        "a request must have at most " + Limits.MAX_ITEMS + " items, was " + request.getItemsCount());
            }
            var warnings = new Warnings(limits);
            List<EventDraft> drafts = new ArrayList<>(request.getItemsCount());
            for (IngestItem item : request.getItemsList()) {
                for (int unknown : item.getUnknownFields().asMap().keySet()) {
                    warnings.unknownFieldNumber(unknown, drafts.size());
                }
                drafts.add(ItemDrafts.fromItem(drafts.size(), item, limits));
            }
            service.ingest(caller, drafts, request.getIdempotencyKey(), warnings)
                    .whenComplete((result, bug) -> respond(observer, result, bug));
        } catch (AppException problem) {
            service.rejectRequest(caller, problem, ItemJson.of(request.getItemsList()));
            throw problem;
        }
    }

    private static void respond(
            StreamObserver<IngestResponse> observer, @Nullable IngestResult result, @Nullable Throwable bug) {
        if (result == null) {
            log.atError().setCause(bug).log("request failed");
            observer.onError(statusOf(
                    new AppException(ErrorCode.INTERNAL, "the server failed; what happened is in its log"), List.of()));
            return;
        }
        AppException problem = result.problem();
        if (problem == null) {
            observer.onNext(toProto(result));
            observer.onCompleted();
        } else {
            observer.onError(statusOf(problem, result.errors()));
        }
    }

    private static IngestResponse toProto(IngestResult result) {
        var response = IngestResponse.newBuilder()
                .setAccepted(result.accepted())
                .setRejected(result.rejected())
                .setDuplicates(result.duplicates())
                .setErrorsOmitted(result.errorsOmitted())
                .addAllWarnings(result.warnings());
        for (String id : result.ids()) {
            response.addIds(id == null ? "" : id);
        }
        for (ItemError error : result.errors()) {
            response.addErrors(IngestError.newBuilder()
                    .setIndex(error.index())
                    .setCode(error.code().code())
                    .setField(error.field())
                    .setMessage(error.message()));
        }
        return response.build();
    }

    private static StatusRuntimeException statusOf(AppException problem, List<ItemError> errors) {
        String description = errors.isEmpty()
                ? problem.detail()
                : errors.stream()
                        .limit(MAX_DESCRIBED)
                        .map(error -> "item " + error.index() + ": " + error.message())
                        .collect(Collectors.joining("; "));
        var trailers = new Metadata();
        trailers.put(CODE, problem.code().code());
        Duration retryAfter = problem.retryAfter();
        if (retryAfter != null) {
            trailers.put(RETRY_AFTER, Long.toString(Math.max(1, retryAfter.toSeconds())));
        }
        return kindOf(problem.code()).withDescription(description).asRuntimeException(trailers);
    }

    private static Status kindOf(ErrorCode code) {
        return switch (code.httpStatus()) {
            case 400 -> Status.INVALID_ARGUMENT;
            case 401 -> Status.UNAUTHENTICATED;
            case 403 -> Status.PERMISSION_DENIED;
            case 413, 429 -> Status.RESOURCE_EXHAUSTED;
            case 503 -> Status.UNAVAILABLE;
            default -> Status.INTERNAL;
        };
    }
}
