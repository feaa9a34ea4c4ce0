package io.ecomind.cli.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.footprint.Sha256;
import io.ecomind.usage.JsonFaults;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends old events, one JSON object a line as {@code POST /v1/ingest} takes them, through the gateway. One thread reads,
 * four send, answers are taken in the order of the lines; what lies between is bounded, so a stream of any length takes
 * the same memory. Not thread-safe.
 *
 * <p>A line without {@code id} gets one that follows from its content and its number, so that the same lines twice are
 * one import. A line without {@code ts} is rejected here: the gateway would take it for a call of this moment.
 */
public final class BulkImport {
    private static final int IN_FLIGHT = 4;
    private static final int MAX_PENDING = 8;
    private static final int MAX_BATCH_CHARS = Limits.MAX_BODY_BYTES / 4;
    private static final int ID_HEX_DIGITS = 32;

    /** Amounts in metadata keep their digits, and a line with two values is not one event. */
    private static final ObjectReader JSON = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .reader();

    private final IngestClient client;
    private final Consumer<RejectedLine> rejects;
    private final Consumer<String> ids;
    private final Queue<Pending> pending = new ArrayDeque<>();

    private long read;
    private long answered;
    private long accepted;
    private long duplicates;
    private long rejected;

    /**
     * What was read and what became of it; {@code read = accepted + duplicates + rejected}.
     *
     * @param read lines that are not blank
     * @param accepted by the gateway, what was there already from an earlier import among them
     * @param duplicates repeats inside one request
     * @param rejected lines, here or by the gateway
     */
    public record ImportSummary(long read, long accepted, long duplicates, long rejected, Duration took) {}

    private record Line(long number, String id, String original, String sent) {}

    /** What goes out in one request, and what was rejected between its lines. */
    private record ImportBatch(List<Line> lines, List<RejectedLine> rejectedLines) {
        ImportBatch() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        int size() {
            return lines.size() + rejectedLines.size();
        }
    }

    private record Pending(ImportBatch batch, Future<IngestClient.@Nullable IngestClientAnswer> answer) {}

    /**
     * @param rejects is told each rejected line, in the order of the lines
     * @param ids is told the id of each event before it is sent
     */
    public BulkImport(IngestClient client, Consumer<RejectedLine> rejects, Consumer<String> ids) {
        this.client = client;
        this.rejects = rejects;
        this.ids = ids;
    }

    /**
     * Sends all lines. To be called once.
     *
     * @param content NDJSON, plain or gzip; closed at the end
     * @param progress is told how many lines were answered so far
     * @throws CommandException when the gateway rejects a request as a whole or stays away for too long
     */
    public ImportSummary send(InputStream content, LongConsumer progress) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        ExecutorService senders = Executors.newFixedThreadPool(IN_FLIGHT);
        try (var lines = new InputLines(content)) {
            var batch = new ImportBatch();
            int chars = 0;
            for (InputLine line = lines.next(); line != null; line = lines.next()) {
                if (line.text() != null && line.text().isBlank()) {
                    continue;
                }
                read++;
                Line sent = prepare(line, batch.rejectedLines());
                if (sent != null) {
                    ids.accept(sent.id());
                    if (chars + sent.sent().length() > MAX_BATCH_CHARS && chars > 0) {
                        submit(batch, senders, progress);
                        batch = new ImportBatch();
                        chars = 0;
                    }
                    batch.lines().add(sent);
                    chars += sent.sent().length();
                }
                if (batch.size() >= Limits.MAX_ITEMS) {
                    submit(batch, senders, progress);
                    batch = new ImportBatch();
                    chars = 0;
                }
            }
            submit(batch, senders, progress);
            while (!pending.isEmpty()) {
                settle(pending.remove(), progress);
            }
        } finally {
            senders.shutdownNow();
        }
        return new ImportSummary(read, accepted, duplicates, rejected, Duration.ofNanos(System.nanoTime() - begin));
    }

    private void submit(ImportBatch batch, ExecutorService senders, LongConsumer progress) throws InterruptedException {
        List<String> texts = batch.lines().stream().map(Line::sent).toList();
        pending.add(new Pending(
                batch,
                texts.isEmpty() ? CompletableFuture.completedFuture(null) : senders.submit(() -> client.send(texts))));
        if (pending.size() >= MAX_PENDING) {
            settle(pending.remove(), progress);
        }
    }

    private void settle(Pending oldest, LongConsumer progress) throws InterruptedException {
        IngestClient.IngestClientAnswer answer;
        try {
            answer = oldest.answer().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CommandException known
                    ? known
                    : new CommandException("sending failed: " + e.getCause(), e.getCause());
        }
        ImportBatch batch = oldest.batch();
        List<RejectedLine> wrong = new ArrayList<>(batch.rejectedLines());
        rejected += batch.rejectedLines().size();
        if (answer != null) {
            accepted += answer.accepted();
            duplicates += answer.duplicates();
            rejected += answer.rejected();
            for (IngestClient.IngestFault fault : answer.faults()) {
                Line line = batch.lines().get(fault.index());
                wrong.add(
                        new RejectedLine(line.number(), fault.code(), fault.field(), fault.message(), line.original()));
            }
        }
        wrong.sort(Comparator.comparingLong(RejectedLine::number));
        wrong.forEach(rejects);
        answered += batch.size();
        progress.accept(answered);
    }

    /** What is sent for a line, or null when it was rejected. */
    private static @Nullable Line prepare(InputLine line, List<RejectedLine> rejectedLines) {
        String text = line.text();
        if (text == null) {
            rejectedLines.add(new RejectedLine(
                    line.number(),
                    (line.fault() == InputLine.LineFault.TOO_LONG ? ErrorCode.BODY_TOO_LARGE : ErrorCode.INVALID_JSON)
                            .code(),
                    "",
                    line.fault() == InputLine.LineFault.TOO_LONG
                            ? "a line must be at most " + InputLines.MAX_LINE_BYTES + " bytes"
                            : "a line must be UTF-8",
                    null));
            return null;
        }
        JsonNode json;
        try {
            json = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            rejectedLines.add(rejection(
                    line.number(),
                    text,
                    ErrorCode.INVALID_JSON,
                    "",
                    "not one JSON value: " + JsonFaults.describeInLine(e)));
            return null;
        } catch (ArithmeticException | NumberFormatException e) {
            rejectedLines.add(
                    rejection(line.number(), text, ErrorCode.FIELD_INVALID, "", "a number is too large to be read"));
            return null;
        }
        if (!(json instanceof ObjectNode event)) {
            rejectedLines.add(
                    rejection(line.number(), text, ErrorCode.NOT_AN_OBJECT, "", "a line must be one JSON object"));
            return null;
        }
        if (isAbsent(event.path("ts"))) {
            rejectedLines.add(rejection(
                    line.number(),
                    text,
                    ErrorCode.FIELD_MISSING,
                    "ts",
                    "ts must be given in an import: without it the event would be counted today"));
            return null;
        }
        if (!isAbsent(event.path("id"))) {
            return new Line(line.number(), event.path("id").asText(), text, text);
        }
        String id = idOf(line.number(), text);
        event.put("id", id);
        return new Line(line.number(), id, text, event.toString());
    }

    /** As the gateway has it: null and the empty text are nothing. */
    private static boolean isAbsent(JsonNode value) {
        return value.isMissingNode()
                || value.isNull()
                || (value.isTextual() && value.textValue().isEmpty());
    }

    private static RejectedLine rejection(long number, String text, ErrorCode code, String field, String message) {
        return new RejectedLine(number, code.code(), field, message, text);
    }

    /** Equal lines at two places are two events; packing the file or other line ends change nothing. */
    private static String idOf(long number, String text) {
        byte[] hash = Sha256.of((number + "\n" + text.strip()).getBytes(StandardCharsets.UTF_8));
        return "import-" + HexFormat.of().formatHex(hash).substring(0, ID_HEX_DIGITS);
    }
}
