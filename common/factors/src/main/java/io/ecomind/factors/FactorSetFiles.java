package io.ecomind.factors;

import io.ecomind.footprint.FactorSet;
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

/**
 * The files of one factor set: their text, hash and pieces. Immutable and thread-safe. The format is in the README beside
 * the shipped sets.
 */
public final class FactorSetFiles {
    /** The set that comes with this version. */
    public static final String SHIPPED = "ecomind-2026.1";

    /** The files of a set, in the order of their hash. All must be there. */
    public static final List<String> NAMES = List.of(
            "set.csv",
            "providers.csv",
            "provider_aliases.csv",
            "models.csv",
            "per_call.csv",
            "aliases.csv",
            "prefixes.csv",
            "classes.csv",
            "regions.csv",
            "grid.csv",
            "water.csv");

    /** A piece must fit into a Kafka record of 1 MiB whatever its characters are. */
    private static final int MAX_PART_CHARS = 256 * 1024;

    private final Map<String, String> texts;

    /** A piece of a file; the pieces of a file in the order of their numbers are its text. */
    public record Part(int number, String file, String text) {}

    private FactorSetFiles(Map<String, String> texts) {
        this.texts = texts;
    }

    /**
     * Takes texts by file name.
     *
     * @throws FactorSetException when a file is missing or unknown
     */
    public static FactorSetFiles of(Map<String, String> texts) throws FactorSetException {
        List<String> problems = new ArrayList<>();
        for (String name : NAMES) {
            if (!texts.containsKey(name)) {
                problems.add(name + ": the file is missing");
            }
        }
        for (String name : new TreeMap<>(texts).keySet()) {
            if (!NAMES.contains(name)) {
                problems.add(name + ": no such file belongs to a factor set");
            }
        }
        if (!problems.isEmpty()) {
            throw new FactorSetException(problems);
        }
        return new FactorSetFiles(Map.copyOf(texts));
    }

    /** The set that comes with this version. */
    public static FactorSetFiles shipped() {
        Map<String, String> texts = new TreeMap<>();
        for (String name : NAMES) {
            String resource = "/factors/" + SHIPPED + "/" + name;
            try (var in = FactorSetFiles.class.getResourceAsStream(resource)) {
                if (in == null) {
                    throw new IllegalStateException(resource + " is not on the class path");
                }
                texts.put(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new FactorSetFiles(Map.copyOf(texts));
    }

    /**
     * Reads a folder.
     *
     * @throws FactorSetException when a file is missing, unknown or not UTF-8
     */
    public static FactorSetFiles read(Path folder) throws IOException, FactorSetException {
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
        return of(texts);
    }

    /** The text of a file. */
    public String text(String name) {
        String text = texts.get(name);
        if (text == null) {
            throw new IllegalArgumentException("no such file belongs to a factor set: " + name);
        }
        return text;
    }

    /** The same set with another text for one file. */
    public FactorSetFiles with(String name, String text) {
        text(name);
        Map<String, String> changed = new TreeMap<>(texts);
        changed.put(name, text);
        return new FactorSetFiles(Map.copyOf(changed));
    }

    /**
     * Reads all rows and checks them, one by one and against each other.
     *
     * @throws FactorSetException with all that is wrong; nothing is half read
     */
    public FactorSet parse() throws FactorSetException {
        return new FactorSetReader(this).read();
    }

    /** SHA-256 over name, LF and content of all files, in hexadecimal. */
    public String sha256() {
        MessageDigest digest = Sha256.digest();
        for (String name : NAMES) {
            digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
            digest.update(text(name).getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** All files in pieces that fit into a record. An empty file is one empty piece. */
    public List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        for (String name : NAMES) {
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

    /**
     * Puts pieces together again.
     *
     * @param expected number of pieces
     * @param sha256 expected hash
     * @throws FactorSetException when pieces are missing or the hash is another
     */
    public static FactorSetFiles join(SortedMap<Integer, Part> parts, int expected, String sha256)
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
        FactorSetFiles files = of(whole);
        if (!files.sha256().equals(sha256)) {
            throw new FactorSetException(List.of("the hash of the files is " + files.sha256() + ", must be " + sha256));
        }
        return files;
    }
}
