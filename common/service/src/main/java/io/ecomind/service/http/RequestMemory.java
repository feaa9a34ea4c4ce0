package io.ecomind.service.http;

import io.javalin.http.Context;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Counts what a handler makes of a request's body in memory, beside the body itself. Stateless. */
public final class RequestMemory {
    private RequestMemory() {}

    /**
     * A stream whose bytes are counted as memory of the request until it is answered: what a handler inflates, for example.
     *
     * <p>Reading throws an {@link io.ecomind.service.AppException} when the sender, or all together, hold too much.
     */
    public static InputStream counted(Context ctx, InputStream in) {
        BufferedRequest request = AccessGate.requestOf(ctx);
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                int value = super.read();
                if (value >= 0) {
                    request.reserve(1);
                }
                return value;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int count = super.read(buffer, offset, length);
                if (count > 0) {
                    request.reserve(count);
                }
                return count;
            }
        };
    }
}
