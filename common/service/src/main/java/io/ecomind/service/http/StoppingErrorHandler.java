package io.ecomind.service.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * Writes a problem document where Jetty itself refuses a request with 503, because the server is stopping; such a request
 * never reaches Javalin. Jetty's own page remains for its other errors. Stateless.
 */
final class StoppingErrorHandler extends ErrorHandler {
    private static final AppException STOPPING =
            new AppException(ErrorCode.UNAVAILABLE, "the server is stopping", Duration.ofSeconds(2));

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (response.getStatus() != STOPPING.code().httpStatus()) {
            return super.handle(request, response, callback);
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
        Duration retryAfter = STOPPING.retryAfter();
        if (retryAfter != null) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, Problem.retryAfterSeconds(retryAfter));
        }
        String path = Request.getPathInContext(request);
        Content.Sink.write(response, true, Problem.body(STOPPING, path).toString(), callback);
        return true;
    }
}
