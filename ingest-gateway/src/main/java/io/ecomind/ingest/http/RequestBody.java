package io.ecomind.ingest.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.service.AppException;
import io.ecomind.service.http.RequestMemory;
import io.ecomind.usage.PrintableStrings;
import io.javalin.http.Context;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
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
            case "gzip", "x-gzip" -> inflate(ctx);
            default ->
                throw new AppException(
                        ErrorCode.UNSUPPORTED_ENCODING,
                        "Content-Encoding must be gzip or identity, was " + PrintableStrings.quoted(encoding));
        };
    }

    private static byte[] inflate(Context ctx) throws IOException {
        var counted = new Wire(ctx.req().getInputStream());
        try {
            // A few bytes can become megabytes, which count for their sender.
            return bounded(RequestMemory.read(ctx, new GZIPInputStream(counted, 8_192), Limits.MAX_BODY_BYTES + 1));
        } catch (ZipException | EOFException corrupt) {
            if (counted.failed) {
                throw corrupt;
            }
            if (counted.isEmpty()) {
                return new byte[0];
            }
            if (counted.count > Limits.MAX_BODY_BYTES) {
                // The server keeps no more of a body than shows that it is too large.
                throw tooLarge();
            }
            throw new AppException(
                    ErrorCode.INVALID_GZIP,
                    "the body could not be decompressed: Content-Encoding says gzip, and the body is not gzip, damaged or cut"
                            + " off");
        }
    }

    private static byte[] bounded(byte[] body) {
        if (body.length <= Limits.MAX_BODY_BYTES) {
            return body;
        }
        throw tooLarge();
    }

    private static AppException tooLarge() {
        return new AppException(
                ErrorCode.BODY_TOO_LARGE,
                "the body must be at most " + Limits.MAX_BODY_BYTES + " bytes after inflation, is more");
    }

    /** Tells a connection that broke from gzip data that ends too early. */
    private static final class Wire extends InputStream {
        private final InputStream in;
        private long count;
        private boolean failed;

        Wire(InputStream in) {
            this.in = in;
        }

        boolean isEmpty() {
            return count == 0;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                int n = in.read(buffer, offset, length);
                count += Math.max(0, n);
                return n;
            } catch (IOException broken) {
                failed = true;
                throw broken;
            }
        }
    }
}
