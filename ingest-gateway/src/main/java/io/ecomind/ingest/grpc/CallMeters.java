package io.ecomind.ingest.grpc;

import io.ecomind.service.AppException;
import io.ecomind.service.limits.CountedBuffer;
import io.ecomind.service.limits.OrganisationLoads;
import io.ecomind.service.limits.OrganisationLoads.OrganisationLoad;
import io.ecomind.service.limits.Refusals;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures the calls of a gRPC server as their bytes come in: what they hold in memory and how long they take to send their
 * message. Ends those that take too much. Thread-safe.
 */
final class CallMeters extends ServerStreamTracer.Factory implements AutoCloseable {
    private static final Context.Key<CallMeter> METER = Context.key("meter");

    /** What a piece of a message costs beside its bytes, however small it is. */
    private static final int PIECE_BYTES = 256;

    private final GrpcLimits limits;
    private final Refusals refusals;
    private final OrganisationLoads loads;
    private final AtomicInteger calls = new AtomicInteger();
    private final Counter receivedBytes;
    private final ScheduledExecutorService deadlines = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "grpc-guard");
        thread.setDaemon(true);
        return thread;
    });

    CallMeters(GrpcLimits limits, Refusals refusals, PrometheusRegistry metrics) {
        this.limits = limits;
        this.refusals = refusals;
        this.loads = new OrganisationLoads(
                limits.calls().perOrganisation(),
                limits.messages().bufferedBytesPerOrganisation(),
                limits.messages().bufferedBytes(),
                refusals);
        this.receivedBytes = Counter.builder()
                .name("ecomind_grpc_received_bytes_total")
                .help("Bytes of messages that were read; those of calls without a valid key are not.")
                .register(metrics);
        GaugeWithCallback.builder()
                .name("ecomind_grpc_calls")
                .help("Calls in progress.")
                .callback(callback -> callback.call(calls.get()))
                .register(metrics);
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new CallMeter();
    }

    /** Refuses a call when there are too many of them. */
    void checkRoom() {
        if (calls.get() > limits.calls().total()) {
            throw refusals.busy();
        }
    }

    /**
     * Begins to measure the call of the current context, whose sender is known.
     *
     * @param end ends the call with a problem; called at most once, by a thread of its own
     */
    void begin(String orgId, Consumer<AppException> end) {
        METER.get().begin(loads.enter(orgId), end);
    }

    /** The message of the current call is there in full; false when the call has been ended before. */
    boolean complete() {
        return METER.get().complete();
    }

    /** Where the current call takes memory for its message from. */
    CountedBuffer.Memory memory() {
        return METER.get();
    }

    @Override
    public void close() {
        deadlines.shutdownNow();
    }

    private final class CallMeter extends ServerStreamTracer implements CountedBuffer.Memory {
        // Guarded by this.
        private @Nullable OrganisationLoad load;
        private @Nullable Consumer<AppException> end;
        private long begunNanos;
        private long received;
        private long reserved;
        private boolean complete;
        private boolean ended;

        CallMeter() {
            calls.incrementAndGet();
        }

        @Override
        public Context filterContext(Context context) {
            return context.withValue(METER, this);
        }

        synchronized void begin(OrganisationLoad entered, Consumer<AppException> whenTooMuch) {
            if (ended) {
                entered.leave();
                return;
            }
            load = entered;
            end = whenTooMuch;
            begunNanos = System.nanoTime();
            watch(limits.times().grace().toNanos());
        }

        synchronized boolean complete() {
            boolean mine = end != null;
            end = null;
            complete = true;
            return mine;
        }

        @Override
        public void inboundWireSize(long bytes) {
            receivedBytes.inc(bytes);
            AppException tooMuch = null;
            synchronized (this) {
                received += bytes;
                if (received > limits.messages().bytes()) {
                    tooMuch = RawRequest.tooLarge(limits);
                } else {
                    try {
                        reserve(bytes + PIECE_BYTES);
                    } catch (AppException noMemory) {
                        tooMuch = noMemory;
                    }
                }
            }
            if (tooMuch != null) {
                end(tooMuch);
            }
        }

        @Override
        public synchronized void reserve(long bytes) {
            if (load != null && !ended) {
                loads.reserve(load, bytes);
                reserved += bytes;
            }
        }

        @Override
        public synchronized void release(long bytes) {
            if (load != null && !ended) {
                loads.release(load, bytes);
                reserved -= bytes;
            }
        }

        @Override
        public synchronized void streamClosed(Status status) {
            if (!ended) {
                ended = true;
                calls.decrementAndGet();
                if (load != null) {
                    loads.release(load, reserved);
                    load.leave();
                }
            }
        }

        private void watch(long nanos) {
            deadlines.schedule(this::checkDeadline, nanos, TimeUnit.NANOSECONDS);
        }

        private void checkDeadline() {
            long bytes;
            synchronized (this) {
                if (complete || ended) {
                    return;
                }
                long leftNanos = limits.times().rate().allowedNanos(received) - (System.nanoTime() - begunNanos);
                if (leftNanos > 0) {
                    watch(leftNanos);
                    return;
                }
                bytes = received;
            }
            end(refusals.slowBody(limits.times().rate(), bytes));
        }

        private void end(AppException problem) {
            Consumer<AppException> told;
            synchronized (this) {
                told = end;
                end = null;
            }
            if (told != null) {
                // Not by the thread that reads the socket: it is in the middle of the message.
                deadlines.execute(() -> told.accept(problem));
            }
        }
    }
}
