package io.ecomind.dev.check.attack;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a gRPC port that writes its own HTTP/2 frames, so that it can do what a gRPC library does not: send a part of
 * a message, never end a stream, open more streams than the server allows. It keeps to flow control, since a breach of it
 * would end the connection for that reason alone. Thread-safe.
 */
public final class Http2Connection implements AutoCloseable {
    static final String INGEST = "/ecomind.v1.IngestService/Ingest";

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int MAX_CONCURRENT_STREAMS = 3;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int DEFAULT_WINDOW = 65_535;
    private static final int MAX_FRAME = 16_384;
    private static final int MAX_KEPT_RESPONSE = 4 << 20;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Socket socket;
    private final OutputStream out;
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 65_536);
    private final Map<Integer, Exchange> streams = new HashMap<>();
    private int nextStream = 1;
    private int initialWindow = DEFAULT_WINDOW;
    private long window = DEFAULT_WINDOW;
    private @Nullable Long maxConcurrentStreams;
    private boolean settingsReceived;
    private @Nullable String end;

    /** What is known of one stream. Guarded by the connection. */
    private static final class Exchange {
        private long window;
        private final Map<String, String> headers = new TreeMap<>();
        private final ByteArrayOutputStream response = new ByteArrayOutputStream();
        private @Nullable String outcome;
    }

    private Http2Connection(Socket socket) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
    }

    /**
     * Connects and begins HTTP/2.
     *
     * @param address host and port, with the scheme {@code grpcs} for TLS
     */
    public static Http2Connection open(URI address) throws IOException {
        String host = address.getHost();
        int port = address.getPort();
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(host, port), 5_000);
        socket.setTcpNoDelay(true);
        if ("grpcs".equals(address.getScheme())) {
            socket = AnyCertificate.handshake(socket, host, port, "h2");
        }
        var connection = new Http2Connection(socket);
        connection.out.write(PREFACE);
        connection.write(SETTINGS, 0, 0, new byte[0], 0, 0);
        var reader = new Thread(connection::read, "http2-reader");
        reader.setDaemon(true);
        reader.start();
        return connection;
    }

    /** The prefix and content of an uncompressed gRPC message. */
    public static byte[] message(byte[] content) {
        return ByteBuffer.allocate(5 + content.length)
                .put((byte) 0)
                .putInt(content.length)
                .put(content)
                .array();
    }

    /** Begins a call of the ingest method. */
    public synchronized int begin(@Nullable String key) throws IOException {
        int id = nextStream;
        nextStream += 2;
        var exchange = new Exchange();
        exchange.window = initialWindow;
        if (end != null) {
            exchange.outcome = end;
        }
        streams.put(id, exchange);
        if (end != null) {
            return id;
        }
        Http2Headers headers = new DefaultHttp2Headers()
                .method("POST")
                .scheme("http")
                .path(INGEST)
                .authority("localhost")
                .add("content-type", "application/grpc")
                .add("te", "trailers");
        if (key != null) {
            headers.add("authorization", "Bearer " + key);
        }
        ByteBuf block = Unpooled.buffer();
        try {
            encoder.encodeHeaders(id, headers, block);
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
        byte[] bytes = new byte[block.readableBytes()];
        block.readBytes(bytes);
        write(HEADERS, END_HEADERS, id, bytes, 0, bytes.length);
        return id;
    }

    /**
     * Sends data as far as the server's windows allow.
     *
     * @return false when the server ended the stream or gave no room within the time
     */
    public boolean send(int stream, byte[] data, boolean last, Duration within) throws IOException {
        long deadline = System.nanoTime() + within.toNanos();
        int from = 0;
        do {
            int length;
            synchronized (this) {
                Exchange exchange = exchange(stream);
                while (exchange.outcome == null && Math.min(window, exchange.window) <= 0 && from < data.length) {
                    if (!await(deadline)) {
                        return false;
                    }
                }
                if (exchange.outcome != null) {
                    return false;
                }
                length = (int) Math.min(Math.min(data.length - from, MAX_FRAME), Math.min(window, exchange.window));
                length = Math.max(0, length);
                window -= length;
                exchange.window -= length;
            }
            boolean ends = last && from + length == data.length;
            try {
                write(DATA, ends ? END_STREAM : 0, stream, data, from, length);
            } catch (IOException closed) {
                finish("connection closed");
                return false;
            }
            from += length;
        } while (from < data.length);
        return true;
    }

    /**
     * Sends a frame of any type many times, as fast as the server takes them.
     *
     * @return whether the server ended the connection, which may take a moment after the last one
     */
    boolean flood(int type, int stream, byte[] payload, int count, Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        try {
            for (int i = 0; i < count && !isEnded(); i++) {
                write(type, 0, stream, payload, 0, payload.length);
            }
        } catch (IOException closed) {
            finish("connection closed");
        }
        synchronized (this) {
            while (end == null && await(deadline)) {
                // The reader has woken this; the condition is looked at again.
            }
            return end != null;
        }
    }

    /** How a stream ended: {@code grpc-status N}, {@code reset N} or why the connection ended; null while it is open. */
    public synchronized @Nullable String outcome(int stream, Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        while (exchange(stream).outcome == null && await(deadline)) {
            // The reader has woken this; the condition is looked at again.
        }
        return exchange(stream).outcome;
    }

    /** The content of the first response message; empty when there is none. */
    public synchronized byte[] response(int stream) {
        byte[] all = exchange(stream).response.toByteArray();
        if (all.length < 5) {
            return new byte[0];
        }
        int length = ByteBuffer.wrap(all, 1, 4).getInt();
        return Arrays.copyOfRange(all, 5, Math.max(5, Math.min(all.length, 5 + length)));
    }

    /** Forgets a stream that has ended. */
    public synchronized void forget(int stream) {
        streams.remove(stream);
    }

    /** How many streams the server says a connection may have at a time; null when it sets no limit. */
    synchronized @Nullable Long maxConcurrentStreams(Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        while (!settingsReceived && end == null && await(deadline)) {
            // As above.
        }
        return maxConcurrentStreams;
    }

    synchronized long openStreams() {
        return streams.values().stream().filter(s -> s.outcome == null).count();
    }

    public synchronized boolean isEnded() {
        return end != null;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private Exchange exchange(int stream) {
        Exchange exchange = streams.get(stream);
        if (exchange == null) {
            throw new IllegalArgumentException("there is no stream " + stream);
        }
        return exchange;
    }

    private boolean await(long deadline) {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            return false;
        }
        try {
            wait(millis);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void write(int type, int flags, int stream, byte[] payload, int from, int length) throws IOException {
        byte[] frame = new byte[9 + length];
        ByteBuffer.wrap(frame)
                .put((byte) (length >> 16))
                .putShort((short) length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload, from, length);
        synchronized (out) {
            out.write(frame);
        }
    }

    private void read() {
        try (var in = new DataInputStream(socket.getInputStream())) {
            while (true) {
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int stream = in.readInt() & Integer.MAX_VALUE;
                byte[] payload = in.readNBytes(length);
                if (type == HEADERS || type == CONTINUATION) {
                    headers(stream, flags, payload);
                } else {
                    frame(type, flags, stream, payload);
                }
            }
        } catch (IOException | UncheckedIOException ended) {
            finish("connection closed");
        }
    }

    private synchronized void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuffer content = ByteBuffer.wrap(payload);
        Exchange exchange = streams.get(stream);
        switch (type) {
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    settings(content);
                    write(SETTINGS, ACK, 0, new byte[0], 0, 0);
                }
            }
            case PING -> {
                if ((flags & ACK) == 0) {
                    write(PING, ACK, 0, payload, 0, payload.length);
                }
            }
            case WINDOW_UPDATE -> {
                if (stream == 0) {
                    window += content.getInt();
                } else if (exchange != null) {
                    exchange.window += content.getInt();
                }
            }
            case DATA -> {
                if (exchange != null) {
                    int room = MAX_KEPT_RESPONSE - exchange.response.size();
                    exchange.response.write(payload, 0, Math.min(payload.length, room));
                    giveBack(stream, payload.length);
                    endStream(exchange, flags);
                }
            }
            case RST_STREAM -> {
                if (exchange != null && exchange.outcome == null) {
                    exchange.outcome = "reset " + content.getInt();
                }
            }
            case GOAWAY -> {
                int last = content.getInt() & Integer.MAX_VALUE;
                int code = content.getInt();
                streams.forEach((id, other) -> {
                    if (id > last && other.outcome == null) {
                        other.outcome = "goaway " + code;
                    }
                });
            }
            default -> {
                // Priorities and unknown frames mean nothing here.
            }
        }
        notifyAll();
    }

    /** The server may send as much again. */
    private void giveBack(int stream, int length) throws IOException {
        if (length > 0) {
            byte[] more = ByteBuffer.allocate(4).putInt(length).array();
            write(WINDOW_UPDATE, 0, 0, more, 0, 4);
            write(WINDOW_UPDATE, 0, stream, more, 0, 4);
        }
    }

    private void settings(ByteBuffer content) {
        settingsReceived = true;
        while (content.remaining() >= 6) {
            int id = content.getShort();
            long value = content.getInt() & 0xFFFFFFFFL;
            if (id == MAX_CONCURRENT_STREAMS) {
                maxConcurrentStreams = value;
            } else if (id == INITIAL_WINDOW_SIZE) {
                long change = value - initialWindow;
                initialWindow = (int) value;
                streams.values().forEach(stream -> stream.window += change);
            }
        }
    }

    private synchronized void headers(int stream, int flags, byte[] block) throws IOException {
        Exchange exchange = streams.get(stream);
        try {
            Http2Headers decoded = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(block));
            if (exchange != null) {
                decoded.forEach(header -> exchange.headers.put(
                        header.getKey().toString().toLowerCase(Locale.ROOT),
                        header.getValue().toString()));
                endStream(exchange, flags);
            }
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
        notifyAll();
    }

    private static void endStream(Exchange exchange, int flags) {
        if ((flags & END_STREAM) != 0 && exchange.outcome == null) {
            exchange.outcome = "grpc-status " + exchange.headers.getOrDefault("grpc-status", "missing");
        }
    }

    private synchronized void finish(String reason) {
        end = reason;
        streams.values().forEach(stream -> {
            if (stream.outcome == null) {
                stream.outcome = reason;
            }
        });
        notifyAll();
    }
}
