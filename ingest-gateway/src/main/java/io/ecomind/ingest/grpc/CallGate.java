package io.ecomind.ingest.grpc;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Permission;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.auth.MachineKey;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a call passes before its message is read: whether there is room for it, and who sends it. A call that does not pass is
 * ended from its metadata alone; its message is neither asked for nor kept. Thread-safe.
 */
final class CallGate implements ServerInterceptor {
    private static final Logger log = LoggerFactory.getLogger(CallGate.class);
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Context.Key<MachineKey> CALLER = Context.key("caller");

    private final Authenticator authenticator;
    private final CallMeters meters;
    private final ConnectionLimit connections;
    private final BiConsumer<MachineKey, AppException> ended;

    /** @param ended told of a call of a known sender that was ended before its message was there */
    CallGate(
            Authenticator authenticator,
            CallMeters meters,
            ConnectionLimit connections,
            BiConsumer<MachineKey, AppException> ended) {
        this.authenticator = authenticator;
        this.meters = meters;
        this.connections = connections;
        this.ended = ended;
    }

    /** The sender of the current call. */
    static MachineKey caller() {
        return CALLER.get();
    }

    /** A proxy in front may read another one of several than this server does. */
    private static @Nullable String authorization(Metadata headers) {
        Iterable<String> entries = headers.getAll(AUTHORIZATION);
        if (entries == null) {
            return null;
        }
        List<String> all = new ArrayList<>();
        entries.forEach(all::add);
        if (all.size() > 1) {
            throw new AppException(
                    ErrorCode.INVALID_REQUEST,
                    "the metadata entry authorization must be there at most once, is there " + all.size() + " times");
        }
        return all.get(0);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> given, Metadata headers, ServerCallHandler<Q, A> next) {
        var call = new EndedOnce<>(given);
        SocketAddress client = given.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        MachineKey caller;
        try {
            meters.checkRoom();
            caller = authenticator.authenticate(authorization(headers), Permission.USAGE_WRITE);
            connections.callBegan(client, caller.orgId());
            try {
                meters.begin(caller.orgId(), problem -> {
                    if (call.end(GrpcProblems.of(problem))) {
                        ended.accept(caller, problem);
                    }
                });
            } catch (AppException problem) {
                connections.callEnded(client, caller.orgId());
                throw problem;
            }
        } catch (AppException problem) {
            call.end(GrpcProblems.of(problem));
            return new ServerCall.Listener<>() {};
        } catch (RuntimeException bug) {
            log.atError().setCause(bug).log("request failed");
            call.end(GrpcProblems.ofBug());
            return new ServerCall.Listener<>() {};
        }
        ServerCall.Listener<Q> listener =
                Contexts.interceptCall(Context.current().withValue(CALLER, caller), call, headers, next);
        return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(listener) {
            @Override
            public void onHalfClose() {
                // Either the message is handled or the guard has ended the call: nothing is refused twice.
                if (meters.complete()) {
                    super.onHalfClose();
                }
            }

            // One of the two ends each call.
            @Override
            public void onComplete() {
                connections.callEnded(client, caller.orgId());
                super.onComplete();
            }

            @Override
            public void onCancel() {
                connections.callEnded(client, caller.orgId());
                super.onCancel();
            }
        };
    }

    /** A call that can be ended by the guard while its handler answers: the first wins, the other has no effect. */
    private static final class EndedOnce<Q, A> extends ForwardingServerCall.SimpleForwardingServerCall<Q, A> {
        private boolean closed;

        EndedOnce(ServerCall<Q, A> call) {
            super(call);
        }

        synchronized boolean end(StatusRuntimeException problem) {
            Metadata trailers = problem.getTrailers();
            boolean first = !closed;
            close(problem.getStatus(), trailers == null ? new Metadata() : trailers);
            return first;
        }

        @Override
        public synchronized void sendHeaders(Metadata headers) {
            if (!closed) {
                super.sendHeaders(headers);
            }
        }

        @Override
        public synchronized void sendMessage(A message) {
            if (!closed) {
                super.sendMessage(message);
            }
        }

        @Override
        public synchronized void close(Status status, Metadata trailers) {
            if (!closed) {
                closed = true;
                super.close(status, trailers);
            }
        }
    }
}
