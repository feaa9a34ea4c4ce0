package io.ecomind.ingest.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.service.AppException;
import io.ecomind.service.http.GzipBody;
import io.ecomind.service.http.RequestMemory;
import io.ecomind.usage.PrintableStrings;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads a request body, which the server has received, up to the limit, inflating it on the way. Stateless. */
final class RequestBody {
    private RequestBody() {}

    /** Whether the content type says NDJSON; rejects what is neither that nor JSON. */
    static boolean isLines(@Nullable String contentType) {
        String[] parts = (contentType == null ? "" : contentType)
                .toLowerCase(Locale.ROOT)
                .split(";", -1);
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].replaceAll("[\\s\"]", "");
            if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
                throw new AppException(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                        "the charset must be utf-8, was " + PrintableStrings.quoted(parameter));
            }
        }
        return switch (parts[0].trim()) {
            case "application/json" -> false;
            case "application/x-ndjson", "application/ndjson" -> true;
            default ->
                throw new AppException(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                        "Content-Type must be application/json or application/x-ndjson, was "
                                + PrintableStrings.quoted(parts[0].trim()));
        };
    }

    /**
     * The body, inflated.
     *
     * @throws AppException BODY_TOO_LARGE as soon as the limit is passed, without inflating the rest
     */
    static byte[] read(Context ctx) throws IOException {
        String header = ctx.header("Content-Encoding");
        String encoding = header == null ? "" : header.trim().toLowerCase(Locale.ROOT);
        return switch (encoding) {
            case "", "identity" -> bounded(RequestMemory.body(ctx));
            case "gzip", "x-gzip" -> bounded(GzipBody.inflate(ctx, Limits.MAX_BODY_BYTES));
            default ->
                throw new AppException(
                        ErrorCode.UNSUPPORTED_ENCODING,
                        "Content-Encoding must be gzip or identity, was " + PrintableStrings.quoted(encoding));
        };
    }

    private static byte[] bounded(byte[] body) {
        if (body.length <= Limits.MAX_BODY_BYTES) {
            return body;
        }
        throw new AppException(
                ErrorCode.BODY_TOO_LARGE,
                "the body must be at most " + Limits.MAX_BODY_BYTES + " bytes after inflation, is more");
    }
}
