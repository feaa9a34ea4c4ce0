package io.ecomind.ingest.grpc;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.ingest.validation.ItemError;
import io.ecomind.service.AppException;
import io.ecomind.usage.PrintableStrings;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Problems as gRPC says them: a status, ErrorInfo with our code as its reason, and the code again as {@code ecomind-code} for
 * clients that do not read details. Stateless.
 */
final class GrpcProblems {
    static final Metadata.Key<String> CODE = Metadata.Key.of("ecomind-code", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> RETRY_AFTER = Metadata.Key.of("retry-after", Metadata.ASCII_STRING_MARSHALLER);
    private static final String DOMAIN = "ecomind";

    /** Status and trailers travel in HTTP/2 headers, whose size is bounded. */
    private static final int MAX_DESCRIBED = 5;

    private static final int MAX_DESCRIPTION = 2_000;

    private GrpcProblems() {}

    static StatusRuntimeException of(AppException problem) {
        return of(problem, List.of());
    }

    /** @param errors of the items, of which the first are described */
    static StatusRuntimeException of(AppException problem, List<ItemError> errors) {
        String description = errors.isEmpty()
                ? problem.detail()
                : errors.stream()
                        .limit(MAX_DESCRIBED)
                        .map(error -> "item " + error.index() + ": " + error.message())
                        .collect(Collectors.joining("; "));
        description = PrintableStrings.printable(description, MAX_DESCRIPTION);
        var trailers = new Metadata();
        trailers.put(CODE, problem.code().code());
        Duration retryAfter = problem.retryAfter();
        if (retryAfter != null) {
            trailers.put(RETRY_AFTER, Long.toString(Math.max(1, retryAfter.toSeconds())));
        }
        ErrorInfo info = ErrorInfo.newBuilder()
                .setReason(problem.code().code())
                .setDomain(DOMAIN)
                .build();
        return StatusProto.toStatusRuntimeException(
                com.google.rpc.Status.newBuilder()
                        .setCode(kindOf(problem.code()).value())
                        .setMessage(description)
                        .addDetails(Any.pack(info))
                        .build(),
                trailers);
    }

    /** A bug of ours: the caller sees nothing of its cause. */
    static StatusRuntimeException ofBug() {
        return of(new AppException(ErrorCode.INTERNAL, "the server failed; what happened is in its log"));
    }

    private static Status.Code kindOf(ErrorCode code) {
        return switch (code.httpStatus()) {
            case 400 -> Status.Code.INVALID_ARGUMENT;
            case 401 -> Status.Code.UNAUTHENTICATED;
            case 403 -> Status.Code.PERMISSION_DENIED;
            case 413, 429 -> Status.Code.RESOURCE_EXHAUSTED;
            case 503 -> Status.Code.UNAVAILABLE;
            default -> Status.Code.INTERNAL;
        };
    }
}
