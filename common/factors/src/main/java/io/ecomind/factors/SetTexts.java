package io.ecomind.factors;

import io.ecomind.factors.FactorSetFiles.Part;
import io.ecomind.footprint.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The texts of the files of one set, of whatever kind: where they come from, their hash, their pieces. Immutable. */
final class SetTexts {
    /** A piece must fit into a Kafka record of 1 MiB whatever its characters are. */
    private static final int MAX_PART_CHARS = 256 * 1024;

    private final Kind kind;
    private final Map<String, String> texts;

    /**
     * A kind of sets.
     *
     * @param name for messages, such as factor set
     * @param files in the order of the hash; a set has all of them and no other
     */
    record Kind(String name, List<String> files) {}

    private SetTexts(Kind kind, Map<String, String> texts) {
        this.kind = kind;
        this.texts = Map.copyOf(texts);
    }

    /** Takes texts by file name, when all are there and no other. */
    static SetTexts of(Kind kind, Map<String, String> texts) throws FactorSetException {
        List<String> problems = new ArrayList<>();
        for (String name : kind.files()) {
            if (!texts.containsKey(name)) {
                problems.add(name + ": the file is missing");
            }
        }
        for (String name : new TreeMap<>(texts).keySet()) {
            if (!kind.files().contains(name)) {
                problems.add(name + ": no such file belongs to a " + kind.name());
            }
        }
        if (!problems.isEmpty()) {
            throw new FactorSetException(problems);
        }
        return new SetTexts(kind, texts);
    }

    /** Reads a set that is part of this jar. */
    static SetTexts shipped(Kind kind, String folder) {
        Map<String, String> texts = new TreeMap<>();
        for (String name : kind.files()) {
            String resource = folder + "/" + name;
            try (var in = SetTexts.class.getResourceAsStream(resource)) {
                if (in == null) {
                    throw new IllegalStateException(resource + " is not on the class path");
                }
                texts.put(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new SetTexts(kind, texts);
    }

    /** Reads a folder; its files other than CSV do not count. */
    static SetTexts read(Kind kind, Path folder) throws IOException, FactorSetException {
        Map<String, String> texts = new TreeMap<>();
        List<String> problems = new ArrayList<>();
        try (var files = Files.newDirectoryStream(folder, "*.csv")) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                try {
                    texts.put(
                            name,
                            StandardCharsets.UTF_8
                                    .newDecoder()
                                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                                    .toString());
                } catch (CharacterCodingException notUtf8) {
                    problems.add(name + ": must be UTF-8");
                }
            }
        }
        if (!problems.isEmpty()) {
            throw new FactorSetException(problems);
        }
        return of(kind, texts);
    }

    String text(String name) {
        String text = texts.get(name);
        if (text == null) {
            throw new IllegalArgumentException("no such file belongs to a " + kind.name() + ": " + name);
        }
        return text;
    }

    SetTexts with(String name, String text) {
        text(name);
        Map<String, String> changed = new TreeMap<>(texts);
        changed.put(name, text);
        return new SetTexts(kind, changed);
    }

    String sha256() {
        MessageDigest digest = Sha256.digest();
        for (String name : kind.files()) {
            digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
            digest.update(text(name).getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        for (String name : kind.files()) {
            String text = text(name);
            int from = 0;
            do {
                int to = Math.min(text.length(), from + MAX_PART_CHARS);
                if (to < text.length() && Character.isLowSurrogate(text.charAt(to))) {
                    to--;
                }
                parts.add(new Part(parts.size(), name, text.substring(from, to)));
                from = to;
            } while (from < text.length());
        }
        return parts;
    }

    static SetTexts join(Kind kind, SortedMap<Integer, Part> parts, int expected, String sha256)
            throws FactorSetException {
        Map<String, StringBuilder> texts = new TreeMap<>();
        for (int number = 0; number < expected; number++) {
            Part part = parts.get(number);
            if (part == null) {
                throw new FactorSetException(List.of("part " + number + " of " + expected + " is missing"));
            }
            texts.computeIfAbsent(part.file(), f -> new StringBuilder()).append(part.text());
        }
        Map<String, String> whole = new TreeMap<>();
        texts.forEach((name, text) -> whole.put(name, text.toString()));
        SetTexts files = of(kind, whole);
        if (!files.sha256().equals(sha256)) {
            throw new FactorSetException(List.of("the hash of the files is " + files.sha256() + ", must be " + sha256));
        }
        return files;
    }
}
