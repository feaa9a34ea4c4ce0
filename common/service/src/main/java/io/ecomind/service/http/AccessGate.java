package io.ecomind.service.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Permission;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.auth.Principal;
import io.ecomind.service.limits.Refusals;
import io.javalin.http.Context;
import io.javalin.security.RouteRole;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * What a request passes before the handler of its route is called: first who sends it, then how much of the server the sender
 * takes already, and only then its body is received. A body that comes without a credential is never received. Thread-safe.
 */
final class AccessGate {
    private static final List<String> SINGLE_FIELDS =
            List.of("Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key");

    private final Admission admission;
    private final @Nullable Authenticator authenticator;
    private final PublicRequests publicRequests;

    AccessGate(HttpLimits limits, Refusals refusals, Admission admission, @Nullable Authenticator authenticator) {
        this.admission = admission;
        this.authenticator = authenticator;
        this.publicRequests = new PublicRequests(limits.requests().withoutKey(), refusals);
    }

    /** The access that a route declares; null when that is not exactly one. */
    static @Nullable Access declared(Set<? extends RouteRole> roles) {
        return roles.size() == 1 && roles.iterator().next() instanceof Access access ? access : null;
    }

    /** Called when a route is found, before its handler. */
    void open(Context ctx) {
        Access access = declared(ctx.routeRoles());
        if (access == null) {
            throw new IllegalStateException(ctx.method() + " " + ctx.path() + " was matched without an Access");
        }
        refuseRepeatedFields(ctx);
        BufferedRequest request = requestOf(ctx);
        if (access.permission() == null) {
            if (request.hasBody()) {
                // It is not received, nor waited for: anybody may send here.
                throw new AppException(
                        ErrorCode.INVALID_REQUEST,
                        ctx.method() + " " + ctx.path() + " takes no body, and the headers announce one");
            }
            publicRequests.enter(request);
        } else {
            request.enter(authenticate(ctx, access.permission()).orgId());
            if (request.hasBody()) {
                receive(ctx, request);
            }
        }
    }

    static BufferedRequest requestOf(Context ctx) {
        BufferedRequest request =
                Request.as(ServletContextRequest.getServletContextRequest(ctx.req()), BufferedRequest.class);
        if (request == null) {
            throw new IllegalStateException("a request came by another way than Admission");
        }
        return request;
    }

    /** A proxy in front may read another one of them than this server does. */
    private static void refuseRepeatedFields(Context ctx) {
        for (String field : SINGLE_FIELDS) {
            int count = Collections.list(ctx.req().getHeaders(field)).size();
            if (count > 1) {
                throw new AppException(
                        ErrorCode.INVALID_REQUEST,
                        "the header field " + field + " must be there at most once, is there " + count + " times");
            }
        }
    }

    private Principal authenticate(Context ctx, Permission permission) {
        // Answers belong to the sender: no cache between may hand them to somebody else.
        ctx.header("Cache-Control", "no-store");
        if (authenticator == null) {
            throw new IllegalStateException("a server without an authenticator has public routes only");
        }
        Principal principal = authenticator.authenticate(ctx.header("Authorization"), permission);
        principal.putOn(ctx);
        return principal;
    }

    private void receive(Context ctx, BufferedRequest request) {
        var received = new CompletableFuture<Optional<AppException>>();
        request.receive(problem -> received.complete(Optional.ofNullable(problem)));
        if (received.isDone()) {
            check(received.join());
            return;
        }
        // The thread goes back to take other requests; the handler runs in a worker again.
        ctx.future(() -> received.thenAcceptAsync(AccessGate::check, admission::execute));
    }

    private static void check(Optional<AppException> problem) {
        problem.ifPresent(refused -> {
            throw refused;
        });
    }
}
