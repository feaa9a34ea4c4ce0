package io.ecomind.service.http;

import io.ecomind.service.limits.CountedBuffer;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;

/** The body of a request in memory, and what a handler makes of it. Stateless. */
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
}
