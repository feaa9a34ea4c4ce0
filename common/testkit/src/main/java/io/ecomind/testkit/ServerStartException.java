package io.ecomind.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An embedded server did not start. The message names the server, the reason and the last lines that the server printed. */
public final class ServerStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN_LINES = 8;

    ServerStartException(String server, Path directory, String output, Throwable cause) {
        super(
                server + " did not start in " + directory + ": " + reason(cause)
                        + (output.isEmpty() ? "" : "\n" + server + " printed:\n" + output),
                cause);
    }

    /** The last lines of a log; empty when there is none. */
    static String lastLines(Path log) {
        try {
            return lastLines(List.of(new String(Files.readAllBytes(log), StandardCharsets.UTF_8).split("\n", -1)));
        } catch (IOException absent) {
            return "";
        }
    }

    static String lastLines(List<String> lines) {
        List<String> said = lines.stream().filter(line -> !line.isBlank()).toList();
        return String.join("\n", said.subList(Math.max(0, said.size() - SHOWN_LINES), said.size()));
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        String kind = failure.getClass().getSimpleName();
        // The message of a file system's exception is often the path alone.
        return message == null ? kind : failure instanceof FileSystemException ? kind + ": " + message : message;
    }
}
