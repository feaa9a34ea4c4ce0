package io.ecomind.testkit;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * An HTTP client for tests of the gateway and the API. It checks each answer against the OpenAPI document before it
 * returns it, so an answer that the document does not describe fails the test that received it. Thread-safe.
 */
public final class ContractHttpClient {
    private static final byte[] NO_BODY = new byte[0];

    private final HttpClient client;
    private final OpenApiContract contract;

    /** Judges by the document on the class path. */
    public ContractHttpClient() {
        this(HttpClient.newHttpClient(), OpenApiContract.get());
    }

    ContractHttpClient(HttpClient client, OpenApiContract contract) {
        this.client = client;
        this.contract = contract;
    }

    /**
     * Sends a request and checks its answer.
     *
     * @throws AssertionError when the document does not describe the answer
     */
    public HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
        return send(request, Function.identity());
    }

    /** The same with the body as UTF-8 text. */
    public HttpResponse<String> sendForText(HttpRequest request) throws IOException, InterruptedException {
        return send(request, bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private <T> HttpResponse<T> send(HttpRequest request, Function<byte[], T> decode)
            throws IOException, InterruptedException {
        var received = new AtomicReference<>(NO_BODY);
        HttpResponse<T> response = client.send(
                request,
                info -> HttpResponse.BodySubscribers.mapping(HttpResponse.BodySubscribers.ofByteArray(), bytes -> {
                    received.set(bytes);
                    return decode.apply(bytes);
                }));
        // Not in the subscriber, where an AssertionError would reach the caller as an IOException.
        contract.check(
                request.method(),
                request.uri().getPath(),
                response.statusCode(),
                response.headers().map(),
                Objects.requireNonNull(received.get()));
        return response;
    }
}
