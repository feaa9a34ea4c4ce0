package io.ecomind.service.http;

import io.javalin.http.Context;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Counts what a request takes of the memory beside its body: what is made of the body, and its answer. Stateless. */
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

    /** The same for a stream that keeps in memory what is written to it. */
    static OutputStream counted(Context ctx, OutputStream out) {
        BufferedRequest request = AccessGate.requestOf(ctx);
        return new FilterOutputStream(out) {
            @Override
            public void write(int single) throws IOException {
                request.reserve(1);
                out.write(single);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                request.reserve(length);
                out.write(bytes, offset, length);
            }
        };
    }
}
