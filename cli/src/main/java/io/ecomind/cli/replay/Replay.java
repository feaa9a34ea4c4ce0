package io.ecomind.cli.replay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.contracts.Limits;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One pass of a trace through the gateway. One thread reads, four send; what lies between is bounded, so a file of any
 * length takes the same memory. The id of an event follows from the content of the file, its line and the start, so
 * that the same replay twice is one replay.
 */
public final class Replay {
    private static final int IN_FLIGHT = 4;
    private static final int QUEUED_BATCHES = 8;
    private static final int MAX_BATCH_CHARS = Limits.MAX_BODY_BYTES / 4;
    private static final int SHOWN_MALFORMED = 10;
    private static final List<String> END = List.of();
    private static final Duration LONGEST_HOLD = Duration.ofMillis(200);

    private final ReplayOptions options;
    private final IngestClient client;
    private final Consumer<String> say;
    private final Consumer<String> ids;

    private final TraceFile file;
    private final TraceFormat format;
    private final LineParser parser;
    private final @Nullable Instant start;
    private final String idPrefix;
    private final @Nullable String provider;
    private final @Nullable String model;

    private long read;
    private long malformed;
    private @Nullable Instant first;

    /** What was read and what became of it. */
    public record ReplaySummary(long read, long malformed, IngestTally tally, Duration took) {}

    /**
     * Examines the file.
     *
     * @param say is told notes and malformed lines, for the person at the terminal
     * @throws CommandException when the file cannot be replayed as asked
     */
    public Replay(ReplayOptions options, IngestClient client, Consumer<String> say) throws IOException {
        this(options, client, say, id -> {});
    }

    /** @param ids is told the id of each event before it is sent */
    public Replay(ReplayOptions options, IngestClient client, Consumer<String> say, Consumer<String> ids)
            throws IOException {
        this.options = options;
        this.client = client;
        this.say = say;
        this.ids = ids;
        this.file = TraceFile.examine(options.file());
        String header = firstLine();
        this.format = options.format() != null
                ? options.format()
                : TraceFormat.guess(header)
                        .orElseThrow(() -> CommandException.wrongUsage("the format of "
                                + options.file().getFileName() + " cannot be told from its first line ("
                                + shortened(header)
                                + "); --format names one of azure, mooncake, servegen, csv, ndjson"));
        this.parser = new LineParser(format, header);
        if (!parser.missingColumns().isEmpty()) {
            throw CommandException.wrongUsage("a " + format.label() + " trace has the columns "
                    + parser.missingColumns() + ", which are missing in the first line: " + shortened(header));
        }
        this.start = chooseStart();
        this.idPrefix = file.sha256().substring(0, 24) + "-" + (start == null ? "original" : start) + "-";
        this.provider = options.provider() != null ? options.provider() : defaultName(true);
        this.model = options.model() != null ? options.model() : defaultName(false);
        explain();
    }

    /** How many lines hold events, as far as can be told before reading them. */
    public long expectedEvents() {
        return format == TraceFormat.NDJSON ? file.lines() : Math.max(0, file.lines() - 1);
    }

    /**
     * Sends everything.
     *
     * @param progress is told how many events were answered so far
     */
    public ReplaySummary run(LongConsumer progress) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        var tally = new IngestTally();
        BlockingQueue<List<String>> queue = new ArrayBlockingQueue<>(QUEUED_BATCHES);
        ExecutorService senders = Executors.newFixedThreadPool(IN_FLIGHT);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < IN_FLIGHT; i++) {
                running.add(senders.submit(() -> {
                    sendAll(queue, tally, progress);
                    return null;
                }));
            }
            try {
                readAll(queue, running);
                for (int i = 0; i < IN_FLIGHT; i++) {
                    put(queue, END, running);
                }
                for (Future<?> sender : running) {
                    sender.get();
                }
            } catch (ExecutionException e) {
                throw e.getCause() instanceof CommandException known
                        ? known
                        : new CommandException("sending failed: " + e.getCause(), e.getCause());
            }
        } finally {
            senders.shutdownNow();
        }
        if (malformed > SHOWN_MALFORMED) {
            say.accept("… and " + (malformed - SHOWN_MALFORMED) + " more malformed lines left out");
        }
        return new ReplaySummary(read, malformed, tally, Duration.ofNanos(System.nanoTime() - begin));
    }

    private void sendAll(BlockingQueue<List<String>> queue, IngestTally tally, LongConsumer progress)
            throws InterruptedException {
        for (List<String> batch = queue.take(); !batch.isEmpty(); batch = queue.take()) {
            tally.add(batch.size(), client.send(batch));
            progress.accept(tally.sent());
        }
    }

    private void readAll(BlockingQueue<List<String>> queue, List<Future<?>> senders)
            throws IOException, InterruptedException, ExecutionException {
        long begin = System.nanoTime();
        List<String> batch = new ArrayList<>(Limits.MAX_ITEMS);
        int chars = 0;
        try (BufferedReader lines = file.open()) {
            long number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (line.isBlank() || (number == 1 && format != TraceFormat.NDJSON)) {
                    continue;
                }
                TraceEvent event = parse(number, line);
                if (event == null) {
                    continue;
                }
                Duration early = early(event, begin);
                if (early.compareTo(LONGEST_HOLD) > 0 && !batch.isEmpty()) {
                    put(queue, batch, senders);
                    batch = new ArrayList<>(Limits.MAX_ITEMS);
                    chars = 0;
                }
                hold(early);
                String text = complete(event);
                if (batch.size() == Limits.MAX_ITEMS || (chars + text.length() > MAX_BATCH_CHARS && !batch.isEmpty())) {
                    put(queue, batch, senders);
                    batch = new ArrayList<>(Limits.MAX_ITEMS);
                    chars = 0;
                }
                batch.add(text);
                chars += text.length();
            }
        }
        if (!batch.isEmpty()) {
            put(queue, batch, senders);
        }
    }

    private @Nullable TraceEvent parse(long number, String line) {
        read++;
        try {
            return parser.parse(number, number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line);
        } catch (MalformedLine e) {
            malformed++;
            if (malformed <= SHOWN_MALFORMED) {
                say.accept("line " + number + " is malformed and left out: " + e.getMessage());
            }
            return null;
        }
    }

    /** How long before its time an event is, at the wanted speed. */
    private Duration early(TraceEvent event, long begin) {
        if (first == null) {
            first = format.hasOffsetsOnly() ? Instant.EPOCH : event.at();
        }
        if (options.speedFactor() <= 0 || event.at() == null || first == null) {
            return Duration.ZERO;
        }
        long due = (long) (Duration.between(first, event.at()).toNanos() / options.speedFactor());
        return Duration.ofNanos(Math.max(0, due - (System.nanoTime() - begin)));
    }

    private static void hold(Duration early) throws InterruptedException {
        long until = System.nanoTime() + early.toNanos();
        for (long left = early.toNanos(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while keeping the trace's pace");
            }
        }
    }

    private String complete(TraceEvent event) {
        ObjectNode body = event.body();
        if (!body.hasNonNull("id")) {
            body.put("id", idPrefix + event.line());
            if (!body.hasNonNull("source")) {
                body.put("source", "replay");
            }
        }
        putIfAbsent(body, "org_id", options.orgId());
        if (!format.isWire() || options.provider() != null) {
            putIfAbsent(body, "provider", provider);
        }
        if (!format.isWire() || options.model() != null) {
            putIfAbsent(body, "model", model);
        }
        putIfAbsent(body, "region", options.region());
        Instant at = event.at();
        if (at != null) {
            Instant moved = start == null || first == null ? at : start.plus(Duration.between(first, at));
            body.put("ts", moved.toString());
        }
        ids.accept(body.path("id").asText());
        return body.toString();
    }

    private static void putIfAbsent(ObjectNode body, String field, @Nullable String value) {
        if (value != null && !body.hasNonNull(field)) {
            body.put(field, value);
        }
    }

    private static void put(BlockingQueue<List<String>> queue, List<String> batch, List<Future<?>> senders)
            throws InterruptedException, ExecutionException {
        while (!queue.offer(batch, 200, TimeUnit.MILLISECONDS)) {
            // A sender ends early only by failing; waiting for room would then never end.
            for (Future<?> sender : senders) {
                if (sender.isDone()) {
                    sender.get();
                }
            }
        }
    }

    private @Nullable Instant chooseStart() {
        if (options.start().original()) {
            if (format.hasOffsetsOnly()) {
                throw CommandException.wrongUsage(
                        "a " + format.label() + " trace has no dates of its own: --start takes a date, not original");
            }
            return null;
        }
        Instant given = options.start().given();
        if (given != null) {
            return given.truncatedTo(ChronoUnit.MICROS);
        }
        return format.isWire() ? null : options.start().fallback();
    }

    private @Nullable String defaultName(boolean ofProvider) {
        return switch (format) {
            case AZURE -> ofProvider ? "openai" : "gpt-4o";
            case MOONCAKE -> ofProvider ? "moonshot" : "kimi";
            case SERVEGEN -> {
                String name = options.file().getFileName().toString().toLowerCase(Locale.ROOT);
                if (!name.contains("deepseek")) {
                    throw CommandException.wrongUsage(
                            "neither the trace nor its name tells whose model it is: give --provider and --model");
                }
                yield ofProvider ? "deepseek" : "deepseek-r1";
            }
            case CSV, NDJSON -> null;
        };
    }

    private void explain() {
        say.accept("reading " + options.file().getFileName() + " as " + format.label() + ", "
                + String.format(Locale.ROOT, "%,d", expectedEvents()) + " lines");
        if (!format.isWire() && (options.provider() == null || options.model() == null)) {
            say.accept("the trace names no model: counted as " + provider + "/" + model
                    + " (--provider/--model change it)");
        }
        if (start != null) {
            say.accept("its first event is put at " + start
                    + "; ids contain this, so another --start (the default changes daily) makes another data set");
        }
    }

    private String firstLine() throws IOException {
        try (BufferedReader lines = file.open()) {
            String line = lines.readLine();
            if (line == null) {
                throw CommandException.wrongUsage(options.file() + " is empty");
            }
            return line.startsWith("\uFEFF") ? line.substring(1) : line;
        }
    }

    private static String shortened(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= 80 ? text : text.substring(0, Math.min(80, text.length())) + "…";
    }
}
