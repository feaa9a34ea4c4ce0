package io.ecomind.dev.check.advisories;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A component's version in the order of releases: parts between dots and dashes, numbers by their value, a missing part as
 * 0. A part such as {@code Final} or {@code jre} says nothing of the order; {@code rc1} and its like come before the
 * release. Immutable.
 */
record ComponentVersion(List<Integer> numbers, boolean beforeRelease) implements Comparable<ComponentVersion> {
    private static final Set<String> BEFORE_RELEASE = Set.of("alpha", "beta", "rc", "cr", "m", "snapshot", "milestone");

    ComponentVersion {
        numbers = List.copyOf(numbers);
    }

    static ComponentVersion parse(String text) {
        List<Integer> numbers = new ArrayList<>();
        boolean beforeRelease = false;
        for (String part : text.toLowerCase(Locale.ROOT).split("[.+_-]")) {
            if (part.matches("\\d{1,9}")) {
                numbers.add(Integer.parseInt(part));
            } else {
                beforeRelease |= BEFORE_RELEASE.contains(part.replaceAll("\\d+$", ""));
            }
        }
        if (numbers.isEmpty()) {
            throw new IllegalArgumentException("a version must have a number, was '" + text + "'");
        }
        return new ComponentVersion(numbers, beforeRelease);
    }

    @Override
    public int compareTo(ComponentVersion other) {
        int parts = Math.max(numbers.size(), other.numbers.size());
        for (int i = 0; i < parts; i++) {
            int order = Integer.compare(part(i), other.part(i));
            if (order != 0) {
                return order;
            }
        }
        return Boolean.compare(other.beforeRelease, beforeRelease);
    }

    private int part(int index) {
        return index < numbers.size() ? numbers.get(index) : 0;
    }
}
