package io.ecomind.connect;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads typed settings from environment variables and collects all problems, so that one start shows all of them. Not
 * thread-safe.
 */
public final class EnvReader {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    /** As browsers write it: in lower case, without a path, and without the scheme's own port. */
    private static final Pattern ORIGIN =
            Pattern.compile("[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\\[[0-9a-f:.]+])(:\\d{1,5})?");

    private static final Pattern HOST_NAME = Pattern.compile("[a-z0-9_-]+(\\.[a-z0-9_-]+)*");

    private static final String NONE = "none";
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB|GiB)");

    private final Map<String, String> env;
    private final List<String> problems = new ArrayList<>();
    private final List<Setting> settings = new ArrayList<>();

    /**
     * A setting as it was asked for.
     *
     * @param kind what a value must look like, such as {@code an integer 0..65535}
     * @param defaultValue as somebody would write it; null: the setting is required
     */
    public record Setting(
            String name, String kind, @Nullable String defaultValue) {}

    public EnvReader(Map<String, String> env) {
        this.env = env;
    }

    /** A string; required when there is no default. */
    public String text(String name, @Nullable String defaultValue) {
        return read(name, defaultValue, value -> value, "a string", "");
    }

    /** An integer within bounds. */
    public int integer(String name, @Nullable Integer defaultValue, int min, int max) {
        return read(
                name,
                defaultValue,
                value -> {
                    int number = Integer.parseInt(value);
                    if (number < min || number > max) {
                        throw new IllegalArgumentException();
                    }
                    return number;
                },
                "an integer " + min + ".." + max,
                min);
    }

    /** A duration with its unit: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h}, {@code 7d}. */
    public Duration duration(String name, @Nullable Duration defaultValue) {
        return read(
                name,
                defaultValue,
                value -> {
                    Matcher m = DURATION.matcher(value);
                    if (!m.matches()) {
                        throw new IllegalArgumentException();
                    }
                    long amount = Long.parseLong(m.group(1));
                    return switch (m.group(2)) {
                        case "ms" -> Duration.ofMillis(amount);
                        case "s" -> Duration.ofSeconds(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        case "h" -> Duration.ofHours(amount);
                        default -> Duration.ofDays(amount);
                    };
                },
                "a duration such as 500ms, 30s, 5m, 1h or 7d",
                Duration.ZERO);
    }

    /** A size in bytes with its unit: {@code 64KiB}, {@code 5MiB}. */
    public long bytes(String name, @Nullable Long defaultValue) {
        return read(
                name,
                defaultValue,
                value -> {
                    Matcher m = SIZE.matcher(value);
                    if (!m.matches()) {
                        throw new IllegalArgumentException();
                    }
                    int shift = List.of("B", "KiB", "MiB", "GiB").indexOf(m.group(2)) * 10;
                    return Long.parseLong(m.group(1)) << shift;
                },
                "a size such as 512B, 64KiB, 5MiB or 1GiB",
                0L);
    }

    /** Origins of web pages, such as {@code https://app.example.org}, separated by commas; by default there are none. */
    public List<String> origins(String name) {
        return list(name, ORIGIN, "origins such as https://app.example.org separated by commas");
    }

    /** Names of hosts, in lower case and without ports, separated by commas; by default there are none. */
    public List<String> hostNames(String name) {
        return list(name, HOST_NAME, "names such as metrics.example.org separated by commas");
    }

    private List<String> list(String name, Pattern element, String kind) {
        return read(
                name,
                List.of(),
                value -> {
                    List<String> elements = value.equals(NONE)
                            ? List.of()
                            : Stream.of(value.split(",", -1)).map(String::trim).toList();
                    if (!elements.stream().allMatch(element.asMatchPredicate())) {
                        throw new IllegalArgumentException();
                    }
                    return elements;
                },
                kind,
                List.of());
    }

    /** A setting that the caller reads from its text; required. */
    public <T> T parsed(String name, Function<String, T> parse, String kind, T placeholder) {
        return read(name, null, parse, kind, placeholder);
    }

    /** A secret, which may be left out where it is known otherwise. */
    public String secret(String name, boolean required) {
        return required || isSet(name) ? read(name, null, value -> value, "a string", "") : "";
    }

    /**
     * A file of settings, by its path; by default there is none.
     *
     * @param load reads it, and throws an IllegalArgumentException whose message says what is wrong and repeats no value
     * @param without what is used when no file is named
     */
    public <T> T settings(String name, Function<Path, T> load, T without) {
        String kind = "the path of a file";
        settings.add(new Setting(name, kind, NONE));
        if (!isSet(name) || String.valueOf(env.get(name)).trim().equals(NONE)) {
            return without;
        }
        try {
            return load.apply(Path.of(String.valueOf(env.get(name)).trim()));
        } catch (IllegalArgumentException wrong) {
            problems.add(name + ": " + wrong.getMessage());
            return without;
        }
    }

    private boolean isSet(String name) {
        String value = env.get(name);
        return value != null && !value.isBlank();
    }

    /** What was read so far, in the order of reading: the documentation is compared with it. */
    public List<Setting> settings() {
        return List.copyOf(settings);
    }

    /**
     * Ends the reading.
     *
     * @throws IllegalStateException naming every setting that is missing or wrong
     */
    public void check() {
        if (!problems.isEmpty()) {
            throw new IllegalStateException("configuration: " + String.join("; ", problems));
        }
    }

    private <T> T read(String name, @Nullable T defaultValue, Function<String, T> parse, String kind, T placeholder) {
        settings.add(new Setting(name, kind, defaultValue == null ? null : written(defaultValue)));
        String value = env.get(name);
        if (value == null || value.isBlank()) {
            if (defaultValue != null) {
                return defaultValue;
            }
            problems.add(name + " is not set (" + kind + ")");
            return placeholder;
        }
        try {
            return parse.apply(value.trim());
        } catch (IllegalArgumentException wrong) {
            // The value is not repeated: it may be a secret that ended up in the wrong variable.
            problems.add(name + " is not " + kind);
            return placeholder;
        }
    }

    /** A default in the form in which it would be set. */
    private static String written(Object value) {
        if (value instanceof Duration duration) {
            long millis = duration.toMillis();
            for (Unit unit : Unit.DURATIONS) {
                if (millis % unit.factor() == 0) {
                    return millis / unit.factor() + unit.suffix();
                }
            }
            return millis + "ms";
        }
        if (value instanceof Long bytes) {
            for (Unit unit : Unit.SIZES) {
                if (bytes % unit.factor() == 0) {
                    return bytes / unit.factor() + unit.suffix();
                }
            }
            return bytes + "B";
        }
        if (value instanceof List<?> list) {
            return list.isEmpty() ? NONE : list.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
        return value.toString();
    }

    private record Unit(String suffix, long factor) {
        static final List<Unit> DURATIONS = List.of(
                new Unit("d", 86_400_000), new Unit("h", 3_600_000), new Unit("m", 60_000), new Unit("s", 1_000));
        static final List<Unit> SIZES =
                List.of(new Unit("GiB", 1L << 30), new Unit("MiB", 1L << 20), new Unit("KiB", 1L << 10));
    }
}
