package io.ecomind.dev.chaos;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What a sender knows of the events of one organisation: which there are, their content, and which the gateway has
 * acknowledged. The checker compares everything else with it. Thread-safe.
 *
 * <p>The content of an event follows from its number, so only its time is kept.
 */
final class SentLedger {
    static final String SOURCE = "chaos";

    private static final String ID_PREFIX = "event-";

    private static final String[][] MODELS = {
        {"openai", "gpt-4o"},
        {"anthropic", "claude-sonnet-4-5"},
        {"mistral", "mistral-large-2411"},
        {"house", "unlisted"}
    };

    private final ChaosOrganisation organisation;
    private final long seed;
    private final boolean smallest;
    private final BitSet acknowledged = new BitSet();
    private long[] tsMicros = new long[1_024];
    private int size;

    /**
     * Calls and tokens of a local day.
     *
     * @param calls how many events
     */
    record SentDay(long calls, long tokensIn, long tokensOut) {
        SentDay plus(SentDay other) {
            return new SentDay(calls + other.calls, tokensIn + other.tokensIn, tokensOut + other.tokensOut);
        }
    }

    /**
     * One event.
     *
     * @param number makes its id
     */
    record Event(
            int number,
            Instant ts,
            String userId,
            String provider,
            String model,
            String modality,
            long tokensIn,
            long tokensOut) {
        String id() {
            return ID_PREFIX + number;
        }

        /** On the wire. */
        String toJson() {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("id", id())
                    .put("source", SOURCE)
                    .put("ts", ts.toString())
                    .put("user_id", userId)
                    .put("provider", provider)
                    .put("model", model)
                    .put("modality", modality)
                    .put("tokens_in", tokensIn)
                    .put("tokens_out", tokensOut)
                    .toString();
        }
    }

    /** @param smallest all events are embeddings of a single token */
    SentLedger(ChaosOrganisation organisation, long seed, boolean smallest) {
        this.organisation = organisation;
        this.seed = seed;
        this.smallest = smallest;
    }

    ChaosOrganisation organisation() {
        return organisation;
    }

    /** Creates an event with the given time; returns its number. */
    synchronized int create(Instant ts) {
        if (size == tsMicros.length) {
            tsMicros = Arrays.copyOf(tsMicros, 2 * size);
        }
        tsMicros[size] = ChronoUnit.MICROS.between(Instant.EPOCH, ts);
        return size++;
    }

    synchronized int size() {
        return size;
    }

    /** Records that the gateway answered with 202. */
    synchronized void acknowledge(int number) {
        acknowledged.set(number);
    }

    synchronized boolean isAcknowledged(int number) {
        return acknowledged.get(number);
    }

    Event event(int number) {
        long micros;
        synchronized (this) {
            if (number >= size) {
                throw new IndexOutOfBoundsException(number);
            }
            micros = tsMicros[number];
        }
        var random = new SplittableRandom(seed * 1_000_003 + number);
        String[] model = MODELS[random.nextInt(MODELS.length)];
        return new Event(
                number,
                Instant.EPOCH.plus(micros, ChronoUnit.MICROS),
                "user-" + random.nextInt(20),
                smallest ? "openai" : model[0],
                smallest ? "text-embedding-3-small" : model[1],
                smallest ? "embedding" : "text",
                smallest ? 1 : 1 + random.nextInt(4_000),
                smallest ? 0 : random.nextInt(900));
    }

    /** The number behind an id; -1 when it is not one of ours. */
    int numberOf(String source, String id) {
        if (!source.equals(SOURCE) || !id.startsWith(ID_PREFIX)) {
            return -1;
        }
        try {
            int number = Integer.parseInt(id.substring(ID_PREFIX.length()));
            return number >= 0 && number < size() ? number : -1;
        } catch (NumberFormatException foreign) {
            return -1;
        }
    }

    /** The calls and tokens that each day must have. */
    synchronized Map<LocalDate, SentDay> expected() {
        Map<LocalDate, SentDay> days = new TreeMap<>();
        for (int number = acknowledged.nextSetBit(0); number >= 0; number = acknowledged.nextSetBit(number + 1)) {
            Event event = event(number);
            days.merge(
                    organisation.dateOf(event.ts()),
                    new SentDay(1, event.tokensIn(), event.tokensOut()),
                    SentDay::plus);
        }
        return days;
    }
}
