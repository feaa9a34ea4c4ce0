package io.ecomind.contracts;

import java.util.Locale;

/**
 * Why something was refused. The lower-case name is public and stable: it is the same in HTTP problem documents, item
 * errors, rejected events and metrics.
 */
public enum ErrorCode {
    // The request as a whole.
    INVALID_REQUEST(400),
    EMPTY_BODY(400),
    INVALID_GZIP(400),
    INVALID_JSON(400),
    NESTING_TOO_DEEP(400),
    INVALID_PARAMETER(400),
    QUERY_TOO_COSTLY(400),
    NOTHING_ACCEPTED(400),
    UNAUTHORIZED(401),
    SCOPE_MISSING(403),
    ORG_MISMATCH(403),
    FORBIDDEN(403),
    NOT_FOUND(404),
    METHOD_NOT_ALLOWED(405),
    BODY_TOO_LARGE(413),
    TOO_MANY_ITEMS(413),
    URI_TOO_LONG(414),
    UNSUPPORTED_MEDIA_TYPE(415),
    UNSUPPORTED_ENCODING(415),
    RATE_LIMITED(429),
    HEADERS_TOO_LARGE(431),
    INTERNAL(500),
    UNAVAILABLE(503),

    // One item of a request.
    NOT_AN_OBJECT(400),
    FIELD_MISSING(400),
    FIELD_INVALID(400),
    FIELD_TOO_LONG(400),
    FIELD_OUT_OF_RANGE(400),
    TS_INVALID(400),
    TS_TOO_FAR_AHEAD(400),
    TS_TOO_OLD(400),
    KEY_NOT_BOUND_TO(403),
    ID_CONFLICT(400),

    // A record of events.raw.
    UNDECODABLE(400),
    INVALID_RECORD(400),
    UNKNOWN_ORGANISATION(400),

    // A record of events.enriched.
    NOT_STORABLE(400);

    private final int httpStatus;

    ErrorCode(int httpStatus) {
        this.httpStatus = httpStatus;
    }

    /** The stable public form, such as {@code field_missing}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The HTTP status of a request that fails for this reason. */
    public int httpStatus() {
        return httpStatus;
    }
}
