package io.ecomind.service.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Inflates request bodies that came as gzip: a few bytes can become megabytes, which count for their sender. Stateless.
 *
 * <p>Not by the JDK's class: it takes the rest of a body for the end when a member ends near the end of its buffer, ignores
 * what is no gzip behind a member, and calls itself for each empty one.
 */
public final class GzipBody {
    private GzipBody() {}

    /**
     * The inflated body; one byte more than {@code maxBytes} when it has more, as it came over the wire or inflated, and none
     * when nothing came.
     *
     * @throws AppException INVALID_GZIP when it is not intact, RATE_LIMITED or UNAVAILABLE when too much is held in memory
     */
    public static byte[] inflate(Context ctx, int maxBytes) throws IOException {
        var wire = new Wire(ctx.req().getInputStream());
        // Closed, since its tables are outside of the heap.
        try (var inflated = new GzipCompressorInputStream(wire, true)) {
            return RequestMemory.read(ctx, inflated, maxBytes + 1);
        } catch (IOException corrupt) {
            if (wire.failed) {
                throw corrupt;
            }
            if (wire.count == 0) {
                return new byte[0];
            }
            if (wire.count > maxBytes) {
                // The server keeps no more of a body than shows that it is too large.
                return new byte[maxBytes + 1];
            }
            throw new AppException(
                    ErrorCode.INVALID_GZIP,
                    "the body could not be decompressed: Content-Encoding says gzip, and the body is not gzip, damaged or cut"
                            + " off");
        }
    }

    /** Tells a connection that broke from gzip data that ends too early. */
    private static final class Wire extends InputStream {
        private final InputStream in;
        private long count;
        private boolean failed;

        Wire(InputStream in) {
            this.in = in;
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
