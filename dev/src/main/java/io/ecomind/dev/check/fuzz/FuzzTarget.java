package io.ecomind.dev.check.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.contracts.v1.IngestResponse;
import io.ecomind.dev.check.attack.Http2Connection;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sends inputs to a gateway and judges the answers: a request is accepted or refused for what it is, never a failure of the
 * server. One per thread; the counts are shared.
 */
final class FuzzTarget implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    /** OK, INVALID_ARGUMENT, RESOURCE_EXHAUSTED. */
    private static final Set<String> FINE = Set.of("grpc-status 0", "grpc-status 3", "grpc-status 8");

    private final URI ingest;
    private final URI grpc;
    private final String key;
    private final RecordWriter records;
    private final FuzzCounts counts;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private @Nullable Http2Connection connection;

    FuzzTarget(URI http, URI grpc, String key, RecordWriter records, FuzzCounts counts) {
        this.ingest = URI.create(http + "/v1/ingest");
        this.grpc = grpc;
        this.key = key;
        this.records = records;
        this.counts = counts;
    }

    /** Appends a value to events.raw. */
    @FunctionalInterface
    interface RecordWriter {
        void write(byte[] value);
    }

    /** What all threads of a run have sent. */
    static final class FuzzCounts {
        final AtomicLong sent = new AtomicLong();
        final AtomicLong refused = new AtomicLong();
        final AtomicLong records = new AtomicLong();
        private final Map<FuzzChannel, AtomicLong> accepted = new ConcurrentHashMap<>();

        void accept(FuzzChannel channel, long events) {
            accepted.computeIfAbsent(channel, any -> new AtomicLong()).addAndGet(events);
        }

        /** Events of all channels. */
        long accepted() {
            return accepted.values().stream().mapToLong(AtomicLong::get).sum();
        }

        /** Channels with an answer by which nothing was accepted: what a server does that refuses all is not known. */
        List<FuzzChannel> withoutAccepted() {
            return Stream.of(FuzzChannel.values())
                    .filter(channel -> channel != FuzzChannel.KAFKA)
                    .filter(channel -> !accepted.containsKey(channel)
                            || accepted.get(channel).get() == 0)
                    .toList();
        }
    }

    /** What is wrong with the answer; null when nothing is. */
    @Nullable
    String problem(FuzzInput input) throws InterruptedException {
        counts.sent.incrementAndGet();
        return switch (input.channel()) {
            case HTTP_JSON -> http(input, "application/json", null);
            case HTTP_NDJSON -> http(input, "application/x-ndjson", null);
            case HTTP_GZIP -> http(input, "application/json", "gzip");
            case GRPC -> grpc(input.bytes());
            case KAFKA -> {
                records.write(input.bytes());
                counts.records.incrementAndGet();
                yield null;
            }
        };
    }

    private @Nullable String http(FuzzInput input, String type, @Nullable String encoding) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(ingest)
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofByteArray(input.bytes()));
        if (encoding != null) {
            request.header("Content-Encoding", encoding);
        }
        HttpResponse<byte[]> answer;
        JsonNode json;
        try {
            answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            // Before it is parsed: the parser takes some bytes that are not UTF-8, and fails at others without saying
            // so.
            if (!isUtf8(answer.body())) {
                return "an answer that is not UTF-8";
            }
            json = JSON.readTree(answer.body());
        } catch (IOException e) {
            return "no answer in JSON: " + e.getClass().getSimpleName();
        }
        if (answer.statusCode() == 202) {
            long accepted = json.path("accepted").asLong(-1);
            long items = accepted
                    + json.path("rejected").asLong()
                    + json.path("duplicates").asLong();
            counts.accept(input.channel(), Math.max(0, accepted));
            return accepted > 0 && items == json.path("ids").size()
                    ? null
                    : "202 with accepted " + accepted + " and "
                            + json.path("ids").size() + " ids for " + items + " items";
        }
        counts.refused.incrementAndGet();
        boolean refused = answer.statusCode() >= 400 && answer.statusCode() < 500;
        return refused && !json.path("code").asText().isEmpty()
                ? null
                : answer.statusCode() + " " + json.path("code").asText("without a code");
    }

    private static boolean isUtf8(byte[] text) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
            return true;
        } catch (CharacterCodingException malformed) {
            return false;
        }
    }

    private @Nullable String grpc(byte[] request) throws InterruptedException {
        try {
            Http2Connection open = connection;
            if (open == null || open.isEnded()) {
                open = Http2Connection.open(grpc);
                connection = open;
            }
            int stream = open.begin(key);
            open.send(stream, Http2Connection.message(request), true, TIMEOUT);
            String outcome = open.outcome(stream, TIMEOUT);
            byte[] response = open.response(stream);
            open.forget(stream);
            if (outcome == null || !FINE.contains(outcome)) {
                return outcome == null ? "no answer" : outcome;
            }
            if (outcome.equals("grpc-status 0")) {
                counts.accept(
                        FuzzChannel.GRPC, IngestResponse.parseFrom(response).getAccepted());
            } else {
                counts.refused.incrementAndGet();
            }
            return null;
        } catch (IOException e) {
            return "no answer: " + e.getClass().getSimpleName();
        }
    }

    @Override
    public void close() throws IOException {
        if (connection != null) {
            connection.close();
        }
    }
}
