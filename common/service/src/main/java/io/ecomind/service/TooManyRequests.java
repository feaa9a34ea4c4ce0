package io.ecomind.service;

import io.ecomind.contracts.ErrorCode;
import java.time.Duration;

/** The answer 429 of gateway and API: a caller has used up a limit of its own and may try again later. Stateless. */
public final class TooManyRequests {
    private TooManyRequests() {}

    /**
     * The answer to a request over a limit.
     *
     * @param detail the limit and what it is about; shown to the caller
     * @param retryAfter when there is room again; sent as Retry-After
     */
    public static AppException of(String detail, Duration retryAfter) {
        return new AppException(ErrorCode.RATE_LIMITED, detail, retryAfter);
    }
}
