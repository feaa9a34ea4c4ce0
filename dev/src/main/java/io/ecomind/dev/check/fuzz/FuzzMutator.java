package io.ecomind.dev.check.fuzz;

import io.ecomind.usage.UsageField;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Changes inputs at random, in bytes and in words of the format. The same random numbers give the same inputs. Not thread-safe.
 */
final class FuzzMutator {
    private static final int MAX_CHANGES = 6;
    private static final int MAX_REPEATS = 2_000;
    private static final int MAX_BYTES = 256 << 10;

    /** Words that mean something to a parser or a rule. */
    private static final List<String> WORDS = words(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "null",
            "true",
            "-",
            ".",
            "e",
            "E+999",
            "0",
            "-0",
            "1e1000",
            "-1",
            "1".repeat(1_001),
            "9223372036854775807",
            "9223372036854775808",
            "1000000000",
            "1000000001",
            "0.1",
            "\n",
            "\r",
            "\0",
            "\u00ff",
            "\ufeff",
            "\u202e",
            "\u200b",
            "\ud83c\udf0d",
            "\\u0000",
            "\\ud800",
            "\\udc00",
            "\"id\":\"",
            "\"org_id\":\"demo\"",
            "\"modality\":\"image\"",
            "\"ts\":\"",
            "2000-01-01T00:00:00Z",
            "2026-12-31T23:59:60Z",
            "9999-12-31T23:59:59+18:00",
            "-2026-01-01T00:00:00Z",
            "\"metadata\":{",
            "\"metadata\":{\"a\":",
            "\"\":0,",
            "UNKNOWN",
            "x".repeat(300),
            "\ud83c\udf0d".repeat(200),
            "[".repeat(40),
            "{\"a\":".repeat(40));

    private final Random random;

    FuzzMutator(Random random) {
        this.random = random;
    }

    /** The given words and the names of an event's fields. */
    private static List<String> words(String... others) {
        return Stream.concat(
                        Arrays.stream(others), UsageField.ALL.stream().map(field -> "\"" + field.wireName() + "\":"))
                .toList();
    }

    /** A changed input; {@code other} gives parts of itself. */
    FuzzInput mutate(FuzzInput input, FuzzInput other) {
        if (input.channel() == FuzzChannel.HTTP_GZIP && random.nextInt(4) > 0) {
            // Mostly what is inside changes: damaged gzip ends at the first check.
            byte[] inside = other.channel() == FuzzChannel.HTTP_JSON ? other.bytes() : new byte[] {'[', ']'};
            return new FuzzInput(input.channel(), FuzzCorpus.gzip(change(inside, inside)));
        }
        return new FuzzInput(input.channel(), change(input.bytes(), other.bytes()));
    }

    private byte[] change(byte[] bytes, byte[] other) {
        byte[] changed = bytes;
        for (int i = random.nextInt(MAX_CHANGES) + 1; i > 0; i--) {
            changed = changeOnce(changed, other);
        }
        return changed.length <= MAX_BYTES ? changed : Arrays.copyOf(changed, MAX_BYTES);
    }

    private byte[] changeOnce(byte[] bytes, byte[] other) {
        int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        int length = Math.min(bytes.length - at, 1 + random.nextInt(16));
        return switch (random.nextInt(10)) {
            case 0 -> replace(bytes, at, Math.min(1, length), new byte[] {(byte) random.nextInt(256)});
            case 1 -> flip(bytes, at);
            case 2 -> replace(bytes, at, length, new byte[0]);
            case 3 -> replace(bytes, at, 0, Arrays.copyOfRange(bytes, at, at + length));
            case 4 -> repeat(bytes, at, length);
            case 5, 6 -> replace(bytes, at, 0, word());
            case 7 -> replace(bytes, at, length, word());
            case 8 -> splice(bytes, at, other);
            default -> number(bytes, at);
        };
    }

    private byte[] word() {
        return WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.UTF_8);
    }

    private byte[] flip(byte[] bytes, int at) {
        byte[] changed = bytes.clone();
        if (at < changed.length) {
            changed[at] ^= (byte) (1 << random.nextInt(8));
        }
        return changed;
    }

    private byte[] repeat(byte[] bytes, int at, int length) {
        var many = new ByteArrayOutputStream();
        for (int i = random.nextInt(MAX_REPEATS); i > 0 && many.size() < MAX_BYTES; i--) {
            many.write(bytes, at, length);
        }
        return replace(bytes, at, 0, many.toByteArray());
    }

    private byte[] splice(byte[] bytes, int at, byte[] other) {
        int from = other.length == 0 ? 0 : random.nextInt(other.length);
        var joined = new ByteArrayOutputStream();
        joined.write(bytes, 0, at);
        joined.write(other, from, other.length - from);
        return joined.toByteArray();
    }

    /** Replaces the digits that begin at or after a place. */
    private byte[] number(byte[] bytes, int at) {
        int from = at;
        while (from < bytes.length && (bytes[from] < '0' || bytes[from] > '9')) {
            from++;
        }
        int to = from;
        while (to < bytes.length && bytes[to] >= '0' && bytes[to] <= '9') {
            to++;
        }
        String number = switch (random.nextInt(5)) {
            case 0 -> Long.toString(random.nextLong());
            case 1 -> "1" + "0".repeat(random.nextInt(30));
            case 2 -> Integer.toString(random.nextInt(1_000));
            case 3 -> "-1";
            default -> random.nextDouble() * 1e9 + "";
        };
        return replace(bytes, from, to - from, number.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] replace(byte[] bytes, int at, int length, byte[] by) {
        byte[] changed = new byte[bytes.length - length + by.length];
        System.arraycopy(bytes, 0, changed, 0, at);
        System.arraycopy(by, 0, changed, at, by.length);
        System.arraycopy(bytes, at + length, changed, at + by.length, bytes.length - at - length);
        return changed;
    }
}
