package io.ecomind.cli.verify;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is wrong, by kind: the first few of each in words, the rest as a count. Not thread-safe. */
public final class Findings {
    private static final int SHOWN = 10;

    private final Map<String, List<String>> shown = new LinkedHashMap<>();
    private final Map<String, Long> counts = new LinkedHashMap<>();

    void add(String kind, String detail) {
        counts.merge(kind, 1L, Long::sum);
        List<String> details = shown.computeIfAbsent(kind, k -> new ArrayList<>());
        if (details.size() < SHOWN) {
            details.add(detail);
        }
    }

    public boolean isEmpty() {
        return counts.isEmpty();
    }

    /** How many there are by kind, in the order in which they came. */
    public Map<String, Long> counts() {
        return new LinkedHashMap<>(counts);
    }

    /** For a terminal. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        counts.forEach((kind, count) -> {
            lines.add(kind + ": " + count);
            List<String> details = shown.getOrDefault(kind, List.of());
            details.forEach(detail -> lines.add("  " + detail));
            if (count > details.size()) {
                lines.add("  … and " + (count - details.size()) + " more");
            }
        });
        return lines;
    }
}
