package io.ecomind.service;

import io.ecomind.contracts.ErrorCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Something that the caller did or that the outside failed to do; becomes a problem document. Immutable. */
public final class AppException extends RuntimeException {
    private final ErrorCode code;
    private final String detail;
    private final @Nullable Duration retryAfter;
    private final boolean ofTransfer;

    /** @param detail what is wrong, naming field, value and limit; shown to the caller */
    public AppException(ErrorCode code, String detail) {
        this(code, detail, null);
    }

    /** @param retryAfter when the caller may try again; sent as Retry-After */
    public AppException(ErrorCode code, String detail, @Nullable Duration retryAfter) {
        this(code, detail, retryAfter, false);
    }

    private AppException(ErrorCode code, String detail, @Nullable Duration retryAfter, boolean ofTransfer) {
        super(detail, null, false, false);
        this.code = code;
        this.detail = detail;
        this.retryAfter = retryAfter;
        this.ofTransfer = ofTransfer;
    }

    /** A problem of how a request came over the wire, which says nothing of what is in it. */
    public static AppException ofTransfer(ErrorCode code, String detail) {
        return new AppException(code, detail, null, true);
    }

    public boolean isOfTransfer() {
        return ofTransfer;
    }

    public ErrorCode code() {
        return code;
    }

    public String detail() {
        return detail;
    }

    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
