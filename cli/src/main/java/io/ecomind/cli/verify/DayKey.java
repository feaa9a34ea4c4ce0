package io.ecomind.cli.verify;

import java.time.LocalDate;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** An organisation's local day; both parts may be unknown for what was refused. */
public record DayKey(String orgId, @Nullable LocalDate date) implements Comparable<DayKey> {
    private static final Comparator<DayKey> ORDER =
            Comparator.comparing(DayKey::orgId).thenComparing(key -> key.date() == null ? LocalDate.MAX : key.date());

    @Override
    public int compareTo(DayKey other) {
        return ORDER.compare(this, other);
    }
}
