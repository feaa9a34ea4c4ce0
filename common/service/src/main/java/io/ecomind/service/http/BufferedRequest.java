package io.ecomind.service.http;

import io.ecomind.service.AppException;
import io.ecomind.service.limits.CountedBuffer;
import io.ecomind.service.limits.OrganisationLoads;
import io.ecomind.service.limits.OrganisationLoads.OrganisationLoad;
import io.ecomind.service.limits.Refusals;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.IteratingCallback;
import org.jspecify.annotations.Nullable;

/**
 * A request whose body is received as its bytes come, without a thread that waits for them, before its handler reads it. The
 * handler then reads from memory. Thread-safe.
 *
 * <p>Nothing is received before {@link #receive}, which is called once it is known who sends. A body over the limit is kept
 * up to one byte over it, which is enough for a handler to refuse it; what follows is read and discarded, because a client
 * that is cut off in the middle of its body never sees the answer.
 */
final class BufferedRequest extends Request.Wrapper implements CountedBuffer.Memory {
    private static final long MAX_DISCARDED = 16L << 20;

    /** So much of an answer is written at once: what a client reads shows in pieces of this size. */
    private static final int PIECE_BYTES = 64 * 1024;

    private static final byte[] NOTHING = new byte[0];

    /** Javalin would take it for the method, although a proxy in front decides by the request line. */
    private static final String METHOD_OVERRIDE = "X-HTTP-Method-Override";

    private final HttpFields fields;
    private final HttpLimits limits;
    private final Refusals refusals;
    private final OrganisationLoads loads;
    private final Response response;

    // All that follows is guarded by this.
    private @Nullable OrganisationLoad load;
    private @Nullable Consumer<@Nullable AppException> done;
    private CountedBuffer content;
    private byte[] body = NOTHING;
    private boolean known;
    private int position;
    private long reserved;
    private long received;
    private long begunNanos;
    private boolean finished;
    private boolean answered;
    private boolean releasing;
    private Content.@Nullable Chunk failure;
    private long answeringSinceNanos;
    private long answeredBytes = -1;

    BufferedRequest(Request wrapped, Response response, HttpLimits limits, Refusals refusals, OrganisationLoads loads) {
        super(wrapped);
        HttpFields sent = wrapped.getHeaders();
        this.fields = sent.contains(METHOD_OVERRIDE)
                ? HttpFields.build(sent).remove(METHOD_OVERRIDE).asImmutable()
                : sent;
        this.response = response;
        this.limits = limits;
        this.refusals = refusals;
        this.loads = loads;
        this.content = emptyContent();
    }

    private CountedBuffer emptyContent() {
        return new CountedBuffer(this, limits.bodies().bytes() + 1, getLength());
    }

    /** HEAD passes the same checks and the same handler as GET; the server sends no content for it. */
    @Override
    public String getMethod() {
        String method = super.getMethod();
        return HttpMethod.HEAD.is(method) ? HttpMethod.GET.asString() : method;
    }

    @Override
    public HttpFields getHeaders() {
        return fields;
    }

    /** Counts the request for its organisation until it is answered. */
    void enter(String orgId) {
        OrganisationLoad entered = loads.enter(orgId);
        synchronized (this) {
            load = entered;
            known = true;
        }
        Request.addCompletionListener(getWrapped(), any -> entered.leave());
    }

    /** Whether the headers announce a body. */
    boolean hasBody() {
        return getLength() > 0 || getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
    }

    /**
     * Receives the body.
     *
     * @param whenDone called once, by whichever thread sees the end of the body: with null when the body is there or was cut
     *     off, which its reader notices; else with why it was not received
     */
    void receive(Consumer<@Nullable AppException> whenDone) {
        synchronized (this) {
            done = whenDone;
            begunNanos = System.nanoTime();
        }
        releaseWhenAnswered();
        receiveAvailable();
    }

    /** Takes memory for what the handler makes of the body, and for its answer, until the request is answered. */
    @Override
    public synchronized void reserve(long bytes) {
        if (answered) {
            return;
        }
        releaseWhenAnswered();
        OrganisationLoad sender = load;
        if (sender == null) {
            sender = loads.anonymous();
            load = sender;
        }
        loads.reserve(sender, bytes);
        reserved += bytes;
    }

    @Override
    public synchronized void release(long bytes) {
        if (load != null && !answered) {
            loads.release(load, bytes);
            reserved -= bytes;
        }
    }

    /**
     * The body that was received, itself and no copy: it must not be written to.
     *
     * @throws IOException when it ended before it was complete, or BadMessageException when it was not valid HTTP
     */
    synchronized byte[] body() throws IOException {
        if (failure == null) {
            return body;
        }
        Throwable cause = failure.getFailure();
        if (cause instanceof RuntimeException notHttp) {
            throw notHttp;
        }
        throw cause instanceof IOException broken ? broken : new IOException(cause);
    }

    /** Ends a body that takes too long. Called now and then while the request is in progress. */
    void checkBody(long nowNanos) {
        long bytes;
        synchronized (this) {
            if (done == null
                    || finished
                    || nowNanos - begunNanos <= limits.times().rate().allowedNanos(received)) {
                return;
            }
            bytes = received;
        }
        finish(refusals.slowBody(limits.times().rate(), bytes));
    }

    /** Whether the client takes too long to read its answer. Called now and then while the request is in progress. */
    synchronized boolean hasSlowReader(long nowNanos) {
        if (!response.isCommitted()) {
            return false;
        }
        long bytes = getConnectionMetaData().getConnection().getBytesOut();
        if (answeredBytes < 0) {
            answeringSinceNanos = nowNanos;
            answeredBytes = bytes;
        }
        long sinceNanos = nowNanos - answeringSinceNanos;
        return sinceNanos > limits.times().answer().toNanos()
                || sinceNanos > limits.times().rate().allowedNanos(bytes - answeredBytes);
    }

    /** Whether an answer is on its way to a client that showed no valid credential. */
    synchronized boolean isAnsweringUnknown() {
        return !known && response.isCommitted();
    }

    void closeConnection() {
        ConnectionGuard.socket(getConnectionMetaData().getConnection().getEndPoint())
                .close();
    }

    /**
     * Answers with what is in memory, as fast as the client reads it.
     *
     * @param whenDone called once, when all of it went out or the client is gone
     */
    void answer(ByteBuffer whole, Runnable whenDone) {
        // On the response itself: the servlet's output would have a thread wait for the client.
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, whole.remaining());
        ByteBuffer rest = whole.slice();
        new IteratingCallback() {
            @Override
            protected Action process() {
                if (!rest.hasRemaining()) {
                    return Action.SUCCEEDED;
                }
                ByteBuffer piece = rest.slice();
                piece.limit(Math.min(PIECE_BYTES, piece.remaining()));
                rest.position(rest.position() + piece.limit());
                response.write(false, piece, this);
                return Action.SCHEDULED;
            }

            @Override
            protected void onCompleteSuccess() {
                whenDone.run();
            }

            @Override
            protected void onCompleteFailure(Throwable gone) {
                whenDone.run();
            }
        }.iterate();
    }

    private void receiveAvailable() {
        while (true) {
            Content.Chunk chunk = super.read();
            if (chunk == null) {
                super.demand(this::receiveAvailable);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                synchronized (this) {
                    failure = chunk;
                }
                finish(null);
                return;
            }
            boolean last = chunk.isLast();
            try {
                last |= !keep(chunk.getByteBuffer());
            } catch (AppException full) {
                finish(full);
                return;
            } finally {
                chunk.release();
            }
            if (last) {
                finish(null);
                return;
            }
        }
    }

    /** Returns whether more is wanted. */
    private synchronized boolean keep(ByteBuffer bytes) {
        if (finished) {
            return false;
        }
        received += bytes.remaining();
        content.keep(bytes);
        return received - content.count() < MAX_DISCARDED;
    }

    private void finish(@Nullable AppException problem) {
        Consumer<@Nullable AppException> told;
        AppException refused = problem;
        synchronized (this) {
            if (finished) {
                return;
            }
            finished = true;
            told = done;
            if (problem == null) {
                try {
                    body = content.toArray();
                } catch (AppException full) {
                    refused = full;
                }
            }
        }
        if (told != null) {
            told.accept(refused);
        }
    }

    /** A request without a body can take memory, too. */
    private synchronized void releaseWhenAnswered() {
        if (!releasing) {
            releasing = true;
            Request.addCompletionListener(getWrapped(), any -> releaseAll());
        }
    }

    private synchronized void releaseAll() {
        answered = true;
        finished = true;
        content = emptyContent();
        body = NOTHING;
        position = 0;
        if (load != null) {
            loads.release(load, reserved);
        }
        reserved = 0;
    }

    @Override
    public Content.Chunk read() {
        synchronized (this) {
            if (done != null) {
                if (position < body.length) {
                    ByteBuffer rest = ByteBuffer.wrap(body, position, body.length - position);
                    position = body.length;
                    return Content.Chunk.from(rest, failure == null);
                }
                return failure == null ? Content.Chunk.EOF : failure;
            }
        }
        return super.read();
    }

    @Override
    public void demand(Runnable demandCallback) {
        boolean buffered;
        synchronized (this) {
            buffered = done != null;
        }
        if (buffered) {
            demandCallback.run();
        } else {
            super.demand(demandCallback);
        }
    }
}
