package io.ecomind.service.http;

import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.QuotedQualityCSV;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes answers. One that is in memory goes out as fast as its client reads, without a thread that waits for it; one that is
 * made while it goes out has a thread meanwhile, and ends broken when making it fails. Stateless.
 */
public final class AnswerWriter {
    private static final Logger log = LoggerFactory.getLogger(AnswerWriter.class);
    private static final String CONTENT_ENCODING = "Content-Encoding";

    /** Smaller answers gain nothing by compression. */
    private static final int MIN_COMPRESSED_BYTES = 1_500;

    private AnswerWriter() {}

    /** Writes the content of an answer. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Answers with content that is made before any of it goes out. Its bytes count as memory of its sender until the client
     * has read them.
     *
     * @throws io.ecomind.service.AppException RATE_LIMITED when the sender holds too much, UNAVAILABLE when all do
     */
    public static void whole(Context ctx, String contentType, Content content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        content.writeTo(RequestMemory.counted(ctx, bytes));
        ctx.contentType(contentType).result(bytes.toByteArray());
    }

    /**
     * Answers with content that is made while it is written. An exception before anything went out becomes a problem
     * document as usual; one after that resets the connection, so that nobody takes a part for the whole.
     */
    public static void stream(Context ctx, String contentType, Content content) throws IOException {
        HttpServletResponse response = ctx.res();
        boolean compressed = takesGzip(ctx);
        ctx.contentType(contentType);
        response.addHeader("Vary", "Accept-Encoding");
        if (compressed) {
            response.setHeader(CONTENT_ENCODING, "gzip");
        }
        var out = new ClientStream(response.getOutputStream());
        try {
            if (compressed) {
                var gzip = new GZIPOutputStream(out, 8_192);
                content.writeTo(gzip);
                gzip.finish();
            } else {
                content.writeTo(out);
            }
        } catch (Throwable failure) {
            if (out.broken) {
                // The client went away or was too slow: there is nobody to tell, and no fault of ours to log.
                abort(ctx);
                return;
            }
            if (!response.isCommitted()) {
                response.resetBuffer();
                response.setHeader(CONTENT_ENCODING, null);
                response.setHeader("Content-Disposition", null);
            }
            throw failure;
        }
    }

    /**
     * Answers with bytes that all requests share and that are never written to: no request has a copy of its own, however
     * many clients read them slowly. They go out as they are; who compresses them beforehand sets the header.
     */
    static void share(Context ctx, byte[] content) {
        ctx.result(new SharedContent(content));
    }

    /** Sends what is in memory; the last of the handlers after a request. */
    static void send(Context ctx) throws IOException {
        InputStream body = ctx.resultInputStream();
        if (body == null || ctx.res().isCommitted()) {
            return;
        }
        ByteBuffer whole = body instanceof SharedContent shared ? shared.whole() : ByteBuffer.wrap(own(ctx, body));
        ctx.result(InputStream.nullInputStream());
        if (whole.hasRemaining()) {
            var done = new CompletableFuture<@Nullable Void>();
            ctx.future(() -> {
                // A client that went away gets no other answer, so a failure ends the request, too.
                AccessGate.requestOf(ctx).answer(whole, () -> done.complete(null));
                return done;
            });
        }
    }

    /** The content of one answer, compressed when it is worth it and the client takes it. */
    private static byte[] own(Context ctx, InputStream body) throws IOException {
        String type = ctx.res().getContentType();
        String essence = type == null ? "" : type.split(";", 2)[0].trim();
        ByteArrayInputStream content = inMemory(body, essence.endsWith("json"));
        if (content.available() >= MIN_COMPRESSED_BYTES
                && (essence.startsWith("text/") || essence.endsWith("json"))
                && !ctx.res().containsHeader(CONTENT_ENCODING)) {
            ctx.res().addHeader("Vary", "Accept-Encoding");
            if (takesGzip(ctx)) {
                ctx.header(CONTENT_ENCODING, "gzip");
                return gzip(content.readAllBytes());
            }
        }
        return content.readAllBytes();
    }

    /** Breaks the connection of a request whose answer has begun and cannot be ended, as seen by its client, too. */
    static void abort(Context ctx) {
        EndPoint endPoint = ServletContextRequest.getServletContextRequest(ctx.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint();
        EndPoint socket = endPoint instanceof EndPoint.Wrapper encrypted ? encrypted.unwrap() : endPoint;
        if (socket instanceof SocketChannelEndPoint channel) {
            log.atDebug().addKeyValue("path", ctx.path()).log("an answer is broken off");
            try {
                // A reset and no orderly end, which HTTP/1.0 would take for the end of the answer.
                ((SocketChannel) channel.getChannel()).setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException | UnsupportedOperationException gone) {
                log.atDebug().setCause(gone).log("the connection is closed already");
            }
        }
        socket.close();
    }

    /** Text on a terminal ends with its line, so JSON does too. */
    private static ByteArrayInputStream inMemory(InputStream body, boolean withNewline) throws IOException {
        ByteArrayInputStream content =
                body instanceof ByteArrayInputStream bytes ? bytes : new ByteArrayInputStream(body.readAllBytes());
        int length = content.available();
        if (!withNewline || length == 0) {
            return content;
        }
        content.mark(length);
        content.skipNBytes(length - 1L);
        boolean ended = content.read() == '\n';
        content.reset();
        if (ended) {
            return content;
        }
        byte[] line = Arrays.copyOf(content.readAllBytes(), length + 1);
        line[length] = '\n';
        return new ByteArrayInputStream(line);
    }

    static byte[] gzip(byte[] plain) {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        return out.toByteArray();
    }

    static boolean takesGzip(Context ctx) {
        String accepted = ctx.header("Accept-Encoding");
        if (accepted == null) {
            return false;
        }
        var encodings = new QuotedQualityCSV();
        try {
            encodings.addValue(accepted);
        } catch (IllegalArgumentException malformed) {
            return false;
        }
        return encodings.getValues().stream().anyMatch(name -> name.equalsIgnoreCase("gzip") || name.equals("*"));
    }

    /** Content that many answers share. */
    static final class SharedContent extends ByteArrayInputStream {
        SharedContent(byte[] content) {
            super(content);
        }

        /** A view of the content itself. */
        ByteBuffer whole() {
            return ByteBuffer.wrap(buf).asReadOnlyBuffer();
        }
    }

    /** Is not closed by who writes content, because closing is what ends an answer, and notices a client that is gone. */
    private static final class ClientStream extends FilterOutputStream {
        private boolean broken;

        ClientStream(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException gone) {
                broken = true;
                throw gone;
            }
        }

        @Override
        public void write(int single) throws IOException {
            write(new byte[] {(byte) single}, 0, 1);
        }

        @Override
        public void flush() {
            // The buffer goes out when it is full: until then a failure can still become a problem document.
        }

        @Override
        public void close() {
            // See above.
        }
    }
}
