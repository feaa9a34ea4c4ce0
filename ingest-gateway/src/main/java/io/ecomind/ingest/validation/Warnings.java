package io.ecomind.ingest.validation;

import io.ecomind.usage.PrintableStrings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a sender should know although nothing was rejected for it: each once, up to a limit. Not thread-safe. */
public final class Warnings {
    private final int max;
    private final Set<String> requestWarnings = new LinkedHashSet<>(1);
    private final Map<String, Integer> firstItem = new LinkedHashMap<>();
    private boolean full;

    public Warnings(ItemLimits limits) {
        this.max = limits.warnings();
    }

    /** A typo must not become a silent zero. */
    public void unknownField(String name, int index) {
        // Not even the text is made for what will not be listed: a request may have a million unknown fields.
        if (!full) {
            add("field " + PrintableStrings.quoted(name) + " is unknown and was ignored", index);
        }
    }

    /** A field of a newer version of the protobuf message. */
    public void unknownFieldNumber(int number, int index) {
        add("field number " + number + " is unknown and was ignored", index);
    }

    /** Content of calls must not end up in the event log by mistake. */
    public void promptInMetadata(String key, int index) {
        add(
                "metadata." + PrintableStrings.printable(key)
                        + " looks like content of a call and was stored; never send" + " prompts or completions",
                index);
    }

    void idWithoutTs(int index) {
        add("id without ts: a retry is recognised for the 7 days after its first arrival only; send ts as well", index);
    }

    /** What concerns the request as a whole. */
    public void ofRequest(String warning) {
        if (requestWarnings.size() < max) {
            requestWarnings.add(warning);
        }
    }

    public List<String> list() {
        List<String> all = new ArrayList<>(firstItem.size() + requestWarnings.size());
        firstItem.forEach((warning, index) -> all.add(warning + " (first in item " + index + ")"));
        if (full) {
            all.set(max - 1, "there are more warnings than the " + (max - 1) + " that are listed");
        }
        all.addAll(requestWarnings);
        return all;
    }

    private void add(String warning, int index) {
        if (firstItem.size() < max) {
            firstItem.putIfAbsent(warning, index);
        } else if (!firstItem.containsKey(warning)) {
            full = true;
        }
    }
}
