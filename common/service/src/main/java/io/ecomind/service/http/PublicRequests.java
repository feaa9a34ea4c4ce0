package io.ecomind.service.http;

import io.ecomind.service.limits.Refusals;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * The requests without a credential that are in progress, each until its answer has gone out. When one too many comes, it takes
 * the place of the one that has been answered to for longest: its client is slow to read, and its connection is closed, so
 * that clients that do not read keep nobody out. While none is being answered, the new one is refused. Thread-safe.
 */
final class PublicRequests {
    private final int limit;
    private final Refusals refusals;
    // Guarded by this; the oldest first.
    private final List<BufferedRequest> inProgress = new ArrayList<>();

    PublicRequests(int limit, Refusals refusals) {
        this.limit = limit;
        this.refusals = refusals;
    }

    /**
     * Counts a request until it is answered.
     *
     * @throws io.ecomind.service.AppException UNAVAILABLE
     */
    void enter(BufferedRequest request) {
        BufferedRequest slowest = null;
        synchronized (this) {
            if (inProgress.size() >= limit) {
                slowest = removeSlowest();
                if (slowest == null) {
                    throw refusals.tooManyPublic();
                }
            }
            inProgress.add(request);
        }
        Request.addCompletionListener(request.getWrapped(), any -> leave(request));
        if (slowest != null) {
            refusals.slowReader();
            slowest.closeConnection();
        }
    }

    private @Nullable BufferedRequest removeSlowest() {
        for (Iterator<BufferedRequest> each = inProgress.iterator(); each.hasNext(); ) {
            BufferedRequest request = each.next();
            if (request.isAnsweringUnknown()) {
                each.remove();
                return request;
            }
        }
        return null;
    }

    private synchronized void leave(BufferedRequest request) {
        inProgress.removeIf(each -> each == request);
    }
}
