package io.ecomind.dev.check.advisories;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Versions as Maven writes them: {@code [2.15.0,2.18.8),[2.19.0,2.21.4)}; an end that is left out is open. Immutable. */
record VersionRanges(List<Range> ranges) {
    private static final Pattern RANGE = Pattern.compile("([\\[(])([^,\\[\\]()]*),([^,\\[\\]()]*)([\\])])");
    private static final Pattern ALL = Pattern.compile(RANGE.pattern() + "(," + RANGE.pattern() + ")*");

    private record Range(
            @Nullable ComponentVersion from,
            boolean fromIncluded,
            @Nullable ComponentVersion to,
            boolean toIncluded) {
        boolean contains(ComponentVersion version) {
            return (from == null || compare(version, from, fromIncluded))
                    && (to == null || compare(to, version, toIncluded));
        }

        private static boolean compare(ComponentVersion higher, ComponentVersion lower, boolean equalCounts) {
            int order = higher.compareTo(lower);
            return order > 0 || (order == 0 && equalCounts);
        }
    }

    VersionRanges {
        ranges = List.copyOf(ranges);
    }

    static VersionRanges parse(String text) {
        if (!ALL.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "versions must be ranges such as [1.0,1.2),[2.0,2.1], were '" + text + "'");
        }
        List<Range> ranges = new ArrayList<>();
        Matcher each = RANGE.matcher(text);
        while (each.find()) {
            ranges.add(new Range(
                    end(each.group(2)),
                    each.group(1).equals("["),
                    end(each.group(3)),
                    each.group(4).equals("]")));
        }
        return new VersionRanges(ranges);
    }

    boolean contains(ComponentVersion version) {
        return ranges.stream().anyMatch(range -> range.contains(version));
    }

    private static @Nullable ComponentVersion end(String text) {
        return text.isBlank() ? null : ComponentVersion.parse(text.trim());
    }
}
