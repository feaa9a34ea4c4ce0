package io.ecomind.service.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.limits.OrganisationLoads;
import io.ecomind.service.limits.Refusals;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outermost handler of a server. Requests are handled by workers, so that the threads that serve sockets never wait for
 * a database, Kafka or a client; {@code /healthz} is answered by those threads and so while all workers are busy.
 * Thread-safe.
 */
final class Admission extends Handler.Wrapper {
    private static final Logger log = LoggerFactory.getLogger(Admission.class);
    static final String LIVENESS_PATH = "/healthz";
    static final String ALIVE = "{\"status\":\"alive\"}\n";

    private final HttpLimits limits;
    private final Refusals refusals;
    private final OrganisationLoads loads;
    private final ConnectionGuard guard;
    private final ThreadPoolExecutor workers;

    Admission(HttpLimits limits, Refusals refusals, ConnectionGuard guard) {
        this.limits = limits;
        this.refusals = refusals;
        this.loads = limits.loads(refusals);
        this.guard = guard;
        var number = new AtomicInteger();
        this.workers = new ThreadPoolExecutor(
                limits.requests().workers(),
                limits.requests().workers(),
                60,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(limits.requests().queued()),
                task -> {
                    var thread = new Thread(task, "http-worker-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        this.workers.allowCoreThreadTimeOut(true);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        StandardHeaders.put(response.getHeaders(), request.isSecure());
        Optional<AppException> malformed = RequestForm.problem(request);
        if (malformed.isPresent()) {
            ProblemErrorHandler.write(request, response, callback, malformed.get());
            return true;
        }
        if (isLiveness(request)) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            response.write(true, StandardCharsets.UTF_8.encode(ALIVE), callback);
            return true;
        }
        var buffered = new BufferedRequest(request, response, limits, refusals, loads);
        guard.watch(buffered);
        try {
            workers.execute(() -> handleInWorker(buffered, response, callback));
        } catch (RejectedExecutionException full) {
            ProblemErrorHandler.write(request, response, callback, refusals.busy());
        }
        return true;
    }

    /**
     * Goes on in a worker.
     *
     * @throws AppException UNAVAILABLE when no more can wait for one
     */
    void execute(Runnable task) {
        try {
            workers.execute(task);
        } catch (RejectedExecutionException full) {
            throw refusals.busy();
        }
    }

    private void handleInWorker(Request request, Response response, Callback callback) {
        try {
            if (!super.handle(request, response, callback)) {
                Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
            }
        } catch (Throwable failure) {
            Response.writeError(request, response, callback, failure);
        }
    }

    private static boolean isLiveness(Request request) {
        return LIVENESS_PATH.equals(request.getHttpURI().getCanonicalPath())
                && (HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod()));
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        guard.start();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        guard.close();
        workers.shutdown();
        if (!workers.awaitTermination(1, TimeUnit.SECONDS)) {
            log.warn("a request is still being handled");
        }
    }

    /** The answer to what the server cannot do for a reason of its own. */
    static AppException failed() {
        return new AppException(ErrorCode.INTERNAL, "the server failed; what happened is in its log");
    }
}
