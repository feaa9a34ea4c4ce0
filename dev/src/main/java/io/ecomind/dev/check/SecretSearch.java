package io.ecomind.dev.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.PrivateFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Looks for the secrets of a stack where they must not be: command lines of its processes, and its logs. */
final class SecretSearch {
    private static final int SHORTEST = 16;
    private static final int BLOCK = 1 << 20;

    private final Map<String, String> secrets = new TreeMap<>();

    /** Reads the secrets of the stack on this directory. */
    SecretSearch(DataDirectory data) {
        for (Path file : List.of(data.secrets(), data.credentials())) {
            PrivateFile.read(file)
                    .ifPresent(json -> json.properties().forEach(entry -> add(entry.getKey(), entry.getValue())));
        }
    }

    /** How many secrets are known. */
    int count() {
        return secrets.size();
    }

    /** One line for each secret in the command line of one of the processes. */
    List<String> inCommandLines(List<ProcessHandle> processes) throws IOException {
        List<String> found = new ArrayList<>();
        for (ProcessHandle process : processes) {
            Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
            try {
                String line = Files.readString(file, StandardCharsets.ISO_8859_1);
                namesIn(line).forEach(name -> found.add("command line of process " + process.pid() + ": " + name));
            } catch (NoSuchFileException ended) {
                // It has no command line any more.
            }
        }
        return found;
    }

    /** One line for each secret in a log of the stack. */
    List<String> inLogs(DataDirectory data) throws IOException {
        List<Path> logs;
        try (Stream<Path> files = Files.walk(data.root(), 2)) {
            logs = files.filter(Files::isRegularFile)
                    .filter(file ->
                            file.toString().endsWith(".log") || file.toString().endsWith(".out"))
                    .toList();
        }
        List<String> found = new ArrayList<>();
        for (Path log : logs) {
            for (String name : namesIn(log)) {
                found.add(log + ": " + name);
            }
        }
        return found;
    }

    private List<String> namesIn(Path log) throws IOException {
        var names = new TreeSet<String>();
        try (InputStream in = Files.newInputStream(log)) {
            String overlap = "";
            for (byte[] block = in.readNBytes(BLOCK); block.length > 0; block = in.readNBytes(BLOCK)) {
                String text = overlap + new String(block, StandardCharsets.ISO_8859_1);
                names.addAll(namesIn(text));
                // A secret may lie across two blocks.
                overlap = text.substring(Math.max(0, text.length() - longest()));
            }
        }
        return List.copyOf(names);
    }

    private List<String> namesIn(String text) {
        return secrets.entrySet().stream()
                .filter(secret -> text.contains(secret.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private int longest() {
        return secrets.values().stream().mapToInt(String::length).max().orElse(0);
    }

    private void add(String name, JsonNode value) {
        if (value.isTextual() && value.textValue().length() >= SHORTEST) {
            secrets.put(name, value.textValue());
        }
        value.properties().forEach(entry -> add(name + "." + entry.getKey(), entry.getValue()));
    }
}
