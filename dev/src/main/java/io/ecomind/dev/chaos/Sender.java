package io.ecomind.dev.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.cli.profile.CommandException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Sends events until the gateway has acknowledged them, also over broken connections, and counts the outcomes.
 * Thread-safe.
 */
final class Sender {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final URI address;
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong unavailable = new AtomicLong();
    private final AtomicLong broken = new AtomicLong();

    Sender(String gatewayUrl) {
        this.address = URI.create(gatewayUrl + "/v1/ingest");
    }

    /**
     * Sends the events in one request, retries until it is accepted, and records that in the ledger.
     *
     * @throws CommandException when the gateway rejects an event, or accepts nothing for four minutes
     */
    void send(SentLedger ledger, List<Integer> numbers) {
        HttpRequest request = HttpRequest.newBuilder(address)
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + ledger.organisation().key().value())
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofString(numbers.stream()
                        .map(number -> ledger.event(number).toJson())
                        .collect(Collectors.joining("\n"))))
                .build();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!attempt(request, numbers.size())) {
            if (System.nanoTime() > deadline) {
                throw new CommandException("the gateway accepted nothing for " + PATIENCE.toSeconds() + " s");
            }
            Waiting.pause(PAUSE);
        }
        numbers.forEach(ledger::acknowledge);
    }

    private boolean attempt(HttpRequest request, int events) {
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 503) {
                unavailable.incrementAndGet();
                return false;
            }
            JsonNode body = JSON.readTree(answer.body());
            if (answer.statusCode() != 202
                    || body.path("accepted").asInt() + body.path("duplicates").asInt() != events) {
                throw new CommandException("the gateway answers " + answer.statusCode() + ": " + answer.body());
            }
            accepted.incrementAndGet();
            return true;
        } catch (IOException e) {
            broken.incrementAndGet();
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while sending", e);
        }
    }

    /** Requests that were answered with 202. */
    long accepted() {
        return accepted.get();
    }

    /** Requests that were answered with 503. */
    long unavailable() {
        return unavailable.get();
    }

    /** Requests without an answer. */
    long broken() {
        return broken.get();
    }
}
