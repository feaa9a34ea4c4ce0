package io.ecomind.cli.replay;

import java.util.Map;
import java.util.TreeMap;

/** Adds up what became of many requests. Thread-safe. */
public final class IngestTally {
    private long sent;
    private long accepted;
    private long duplicates;
    private long rejected;
    private final Map<String, Long> rejectedByCode = new TreeMap<>();
    private final Map<String, String> examples = new TreeMap<>();

    /**
     * Adds one answered request.
     *
     * @param items how many the request held
     */
    public synchronized void add(int items, IngestClient.IngestClientAnswer answer) {
        sent += items;
        accepted += answer.accepted();
        duplicates += answer.duplicates();
        rejected += answer.rejected();
        answer.rejectedByCode().forEach((code, count) -> rejectedByCode.merge(code, count, Long::sum));
        answer.examples().forEach(examples::putIfAbsent);
    }

    public synchronized long sent() {
        return sent;
    }

    public synchronized long accepted() {
        return accepted;
    }

    /** Repeats inside requests. */
    public synchronized long duplicates() {
        return duplicates;
    }

    public synchronized long rejected() {
        return rejected;
    }

    public synchronized Map<String, Long> rejectedByCode() {
        return new TreeMap<>(rejectedByCode);
    }

    /** One message per code. */
    public synchronized Map<String, String> examples() {
        return new TreeMap<>(examples);
    }
}
