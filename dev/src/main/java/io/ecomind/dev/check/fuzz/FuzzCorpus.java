package io.ecomind.dev.check.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.ecomind.contracts.v1.IngestRequest;
import io.ecomind.contracts.v1.RawRecord;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;

/**
 * The inputs from which others are made: valid ones of each kind, and those that once broke something. A line of the file is a
 * JSON object with the channel and either {@code text} (for gRPC and Kafka the JSON form of the message, for gzip what is
 * compressed) or {@code base64}. Immutable.
 */
final class FuzzCorpus {
    private static final String RESOURCE = "/fuzz/corpus.ndjson";
    private static final ObjectMapper JSON = new ObjectMapper();

    private FuzzCorpus() {}

    static List<FuzzInput> load() {
        var file = Objects.requireNonNull(FuzzCorpus.class.getResourceAsStream(RESOURCE), RESOURCE);
        try (var lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
            List<FuzzInput> inputs = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    inputs.add(parse(JSON.readTree(line)));
                }
            }
            return List.copyOf(inputs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The line with which an input is kept. */
    static String line(FuzzInput input) {
        return JSON.createObjectNode()
                .put("channel", input.channel().name().toLowerCase(Locale.ROOT))
                .put("base64", Base64.getEncoder().encodeToString(input.bytes()))
                .toString();
    }

    private static FuzzInput parse(JsonNode line) throws IOException {
        FuzzChannel channel = FuzzChannel.valueOf(line.path("channel").asText().toUpperCase(Locale.ROOT));
        if (line.has("base64")) {
            return new FuzzInput(
                    channel, Base64.getDecoder().decode(line.get("base64").asText()));
        }
        String text = line.path("text").asText().replace("{now}", Instant.now().toString());
        return new FuzzInput(
                channel,
                switch (channel) {
                    case HTTP_JSON, HTTP_NDJSON -> text.getBytes(StandardCharsets.UTF_8);
                    case HTTP_GZIP -> gzip(text.getBytes(StandardCharsets.UTF_8));
                    case GRPC -> request(text).toByteArray();
                    case KAFKA -> record(text).toByteArray();
                });
    }

    private static IngestRequest request(String json) throws InvalidProtocolBufferException {
        var request = IngestRequest.newBuilder();
        JsonFormat.parser().merge(json, request);
        return request.build();
    }

    private static RawRecord record(String json) throws InvalidProtocolBufferException {
        var record = RawRecord.newBuilder();
        JsonFormat.parser().merge(json, record);
        long now = Instant.now().toEpochMilli() * 1000;
        if (record.hasEvent()) {
            record.getEventBuilder().setReceivedAtMicros(now).setTsMicros(now);
        } else {
            record.getHeartbeatBuilder().setReceivedAtMicros(now);
        }
        return record.build();
    }

    static byte[] gzip(byte[] plain) {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
