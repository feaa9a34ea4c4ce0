package io.ecomind.cli.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.HttpAddress;
import io.ecomind.connect.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Sends events to {@code POST /v1/ingest}. Thread-safe. While the gateway does not answer or asks to wait, a request is
 * repeated, up to the patience; it carries ids, so a repeat changes nothing.
 */
public final class IngestClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final URI address;
    private final Secret apiKey;
    private final Duration patience;
    private final HttpClient http;

    /**
     * What became of one request.
     *
     * @param accepted as the gateway counts them
     * @param duplicates repeats inside the request
     * @param rejectedByCode rejected items
     * @param examples one message per code
     * @param faults all that is wrong with the rejected items, in the order of the answer
     */
    public record IngestClientAnswer(
            long accepted,
            long duplicates,
            long rejected,
            Map<String, Long> rejectedByCode,
            Map<String, String> examples,
            List<IngestFault> faults) {}

    /**
     * What is wrong with one item.
     *
     * @param index its place in the request, from 0
     * @param field empty when no single field is to blame
     */
    public record IngestFault(int index, String code, String field, String message) {}

    /** @param patience how long one request may go unanswered before the client gives up */
    public IngestClient(String baseUrl, Secret apiKey, Duration patience) {
        this(new HttpAddress(baseUrl, null), apiKey, patience);
    }

    /** @param patience how long one request may go unanswered before the client gives up */
    public IngestClient(HttpAddress gateway, Secret apiKey, Duration patience) {
        this.address = URI.create(gateway.url() + "/v1/ingest");
        this.apiKey = apiKey;
        this.patience = patience;
        this.http = gateway.newClient().connectTimeout(CONNECT_TIMEOUT).build();
    }

    /**
     * Sends objects, one a line.
     *
     * @throws CommandException when the gateway rejects the request as a whole, or patience is at its end
     */
    public IngestClientAnswer send(List<String> lines) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address)
                .timeout(ANSWER_TIMEOUT)
                .header("Authorization", "Bearer " + apiKey.value())
                .header("Content-Type", "application/x-ndjson")
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(pack(lines)))
                .build();
        long deadline = System.nanoTime() + patience.toNanos();
        Duration pause = FIRST_PAUSE;
        while (true) {
            String trouble;
            Duration wait = pause;
            try {
                HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() != 429 && response.statusCode() != 503) {
                    return read(response);
                }
                trouble = "it answers " + response.statusCode() + ": "
                        + parse(response.body()).path("detail").asText("");
                wait = retryAfter(response, pause);
            } catch (IOException e) {
                trouble = e.getClass().getSimpleName() + (e.getMessage() == null ? "" : " " + e.getMessage());
            }
            if (System.nanoTime() + wait.toNanos() > deadline) {
                throw new CommandException("the gateway at " + address + " took nothing for " + patience.toSeconds()
                        + " s (" + trouble + "). What it acknowledged is safe; when it is back, run the same command"
                        + " again: events that are in already are not counted twice.");
            }
            LockSupport.parkNanos(wait.toNanos());
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for the gateway");
            }
            Duration doubled = pause.multipliedBy(2);
            pause = doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
        }
    }

    private static IngestClientAnswer read(HttpResponse<String> response) {
        JsonNode body = parse(response.body());
        boolean nothingAccepted =
                response.statusCode() == 400 && body.path("errors").isArray();
        if (response.statusCode() != 202 && !nothingAccepted) {
            throw new CommandException("the gateway rejected the request: " + response.statusCode() + " "
                    + body.path("code").asText("") + " "
                    + body.path("detail").asText(""));
        }
        Map<String, Long> byCode = new TreeMap<>();
        Map<String, String> examples = new TreeMap<>();
        List<IngestFault> faults = new ArrayList<>();
        for (JsonNode error : body.path("errors")) {
            String code = error.path("code").asText("unknown");
            faults.add(new IngestFault(
                    error.path("index").asInt(),
                    code,
                    error.path("field").asText(""),
                    error.path("message").asText("")));
            byCode.merge(code, 1L, Long::sum);
            examples.putIfAbsent(code, error.path("message").asText(""));
        }
        long listed = byCode.values().stream().mapToLong(Long::longValue).sum();
        return new IngestClientAnswer(
                body.path("accepted").asLong(0),
                body.path("duplicates").asLong(0),
                body.path("rejected").asLong(listed),
                byCode,
                examples,
                faults);
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException notJson) {
            // An intermediary may answer with a page of its own; the status says enough.
            return MissingNode.getInstance();
        }
    }

    private static Duration retryAfter(HttpResponse<String> response, Duration fallback) {
        String seconds = response.headers().firstValue("Retry-After").orElse("");
        return seconds.matches("\\d{1,5}") ? Duration.ofSeconds(Math.max(1, Long.parseLong(seconds))) : fallback;
    }

    private static byte[] pack(List<String> lines) {
        var out = new ByteArrayOutputStream();
        try (var gzip = new FastGzip(out)) {
            for (String line : lines) {
                gzip.write(line.getBytes(StandardCharsets.UTF_8));
                gzip.write('\n');
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(ByteArrayOutputStream out) throws IOException {
            super(out, 1 << 14);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
