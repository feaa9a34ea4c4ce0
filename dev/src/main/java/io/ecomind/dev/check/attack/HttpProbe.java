package io.ecomind.dev.check.attack;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/**
 * Sends HTTP/1.1 byte by byte as the tries need it, also what no HTTP library would send. Thread-safe. Each request has a
 * connection of its own. Remembers answers that tell about the inside of the server.
 */
final class HttpProbe {
    static final Duration TIMEOUT = Duration.ofSeconds(20);

    private static final int KEPT_BYTES = 1 << 20;
    private static final int MAX_LEAKS = 10;
    private static final Pattern INSIDE = Pattern.compile(
            "\\b(?:java|jakarta|javax|io\\.ecomind|org\\.(?:postgresql|eclipse|apache))\\.[\\w.$]+|\\bat [\\w.$]+\\([\\w.]+:\\d+\\)"
                    + "|\\b\\w+Exception\\b|SQLSTATE|stack trace");

    private final URI base;
    private final List<String> leaks = new CopyOnWriteArrayList<>();

    HttpProbe(URI base) {
        this.base = base;
    }

    /** Answers that named classes, exceptions or lines of code. */
    List<String> leaks() {
        return List.copyOf(leaks);
    }

    Socket open() throws IOException {
        int port = base.getPort() > 0 ? base.getPort() : base.getScheme().equals("https") ? 443 : 80;
        var socket = new Socket();
        socket.connect(new InetSocketAddress(base.getHost(), port), 5_000);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) TIMEOUT.toMillis());
        if (!base.getScheme().equals("https")) {
            return socket;
        }
        return AnyCertificate.handshake(socket, base.getHost(), port, "http/1.1");
    }

    HttpAnswer get(String path, String... headers) {
        return exchange(head("GET", path, headers) + "Connection: close\r\n\r\n", new byte[0]);
    }

    /** Headers as name, value, name, value. */
    HttpAnswer post(String path, byte[] body, String... headers) {
        return exchange(
                head("POST", path, headers) + "Content-Length: " + body.length + "\r\nConnection: close\r\n\r\n", body);
    }

    HttpAnswer exchange(String head, byte[] body) {
        return exchange(head.getBytes(StandardCharsets.ISO_8859_1), body);
    }

    /** Sends the bytes as they are and reads one answer. */
    HttpAnswer exchange(byte[] head, byte[] body) {
        long begin = System.nanoTime();
        try (Socket socket = open()) {
            try {
                socket.getOutputStream().write(head);
                socket.getOutputStream().write(body);
                socket.getOutputStream().flush();
            } catch (IOException closedEarly) {
                // The answer may have come before the whole request was sent.
            }
            return read(socket, begin);
        } catch (IOException noAnswer) {
            return none(begin);
        }
    }

    /** Reads one answer from a connection; status 0 when none comes. */
    HttpAnswer read(Socket socket, long begin) {
        try {
            HttpAnswer answer = parse(new BufferedInputStream(socket.getInputStream()), begin);
            inspect(answer);
            return answer;
        } catch (IOException | NumberFormatException noAnswer) {
            return none(begin);
        }
    }

    String head(String method, String path, String... headers) {
        var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: " + base.getAuthority() + "\r\n");
        for (int i = 0; i < headers.length; i += 2) {
            head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
        }
        return head.toString();
    }

    private void inspect(HttpAnswer answer) {
        String type = answer.headers().getOrDefault("content-type", "");
        // A failed request explains itself in problem documents; pages and lists of names are not looked through.
        if (answer.status() < 400 && !type.startsWith("text/html")) {
            return;
        }
        var found = INSIDE.matcher(answer.text());
        if (found.find() && leaks.size() < MAX_LEAKS) {
            leaks.add(answer.brief() + ": " + found.group());
        }
    }

    private static HttpAnswer none(long begin) {
        return new HttpAnswer(0, Map.of(), new byte[0], 0, Duration.ofNanos(System.nanoTime() - begin));
    }

    private static HttpAnswer parse(InputStream in, long begin) throws IOException {
        String status = line(in);
        if (!status.startsWith("HTTP/1.")) {
            throw new EOFException("no status line");
        }
        int code = Integer.parseInt(status.split(" ", 3)[1]);
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
            }
        }
        var kept = new ByteArrayOutputStream();
        long bytes = body(in, headers, kept);
        return new HttpAnswer(code, headers, kept.toByteArray(), bytes, Duration.ofNanos(System.nanoTime() - begin));
    }

    private static long body(InputStream in, Map<String, String> headers, ByteArrayOutputStream kept)
            throws IOException {
        if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
            long all = 0;
            while (true) {
                int size = Integer.parseInt(line(in).split(";", 2)[0].trim(), 16);
                if (size == 0) {
                    return all;
                }
                all += copy(in, size, kept);
                line(in);
            }
        }
        String length = headers.get("content-length");
        return copy(in, length == null ? Long.MAX_VALUE : Long.parseLong(length), kept);
    }

    private static long copy(InputStream in, long length, ByteArrayOutputStream kept) throws IOException {
        byte[] buffer = new byte[16_384];
        long all = 0;
        while (all < length) {
            int n;
            try {
                n = in.read(buffer, 0, (int) Math.min(buffer.length, length - all));
            } catch (SocketTimeoutException slow) {
                break;
            }
            if (n < 0) {
                break;
            }
            kept.write(buffer, 0, Math.min(n, KEPT_BYTES - kept.size()));
            all += n;
        }
        return all;
    }

    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection was closed");
            }
            if (c != '\r') {
                line.write(c);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
