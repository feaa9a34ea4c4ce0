package io.ecomind.service.http;

import io.ecomind.service.limits.CountedBuffer;
import io.javalin.http.Context;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The body of a request in memory, what a handler makes of it, and the answer to it. Stateless. */
public final class RequestMemory {
    private RequestMemory() {}

    /**
     * The body as it came, itself and no copy: it must not be written to. Of one over the server's limit there is one byte more
     * than the limit.
     *
     * @throws IOException when the body ended before it was complete
     */
    public static byte[] body(Context ctx) throws IOException {
        return AccessGate.requestOf(ctx).body();
    }

    /**
     * Reads what a handler makes of the body, by inflating it for example. It counts as memory of the request until that is
     * answered.
     *
     * @param max how many bytes are read at most
     * @throws io.ecomind.service.AppException when the sender, or all together, hold too much
     */
    public static byte[] read(Context ctx, InputStream in, int max) throws IOException {
        var content = new CountedBuffer(AccessGate.requestOf(ctx), max, -1);
        content.readFrom(in);
        return content.toArray();
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
