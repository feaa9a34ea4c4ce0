package io.ecomind.dev.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Forwards connections on loopback to a port, and can cut them: all of them at once, refusing new ones, or a single one
 * when the server begins to answer. Thread-safe.
 */
final class TcpProxy implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        var thread = new Thread(work, "proxy");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicInteger answersToCut = new AtomicInteger();
    private final AtomicLong cuts = new AtomicLong();
    private volatile boolean refusing;

    private TcpProxy(ServerSocket listener, int target) {
        this.listener = listener;
        this.target = target;
    }

    /** Listens on {@code port} (0: a free one) for {@code target}. */
    static TcpProxy start(int port, int target) {
        try {
            var proxy = new TcpProxy(new ServerSocket(port, 128, InetAddress.getLoopbackAddress()), target);
            proxy.threads.execute(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException("a proxy could not listen on " + port, e);
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Cuts open connections and refuses new ones. */
    void cutOff() {
        refusing = true;
        open.forEach(this::cut);
    }

    void restore() {
        refusing = false;
    }

    /** This many answers never reach the client: its connection is cut when the first byte of the server arrives. */
    void cutNextAnswers(int count) {
        answersToCut.set(count);
    }

    /** How many connections were cut so far. */
    long cuts() {
        return cuts.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                if (refusing) {
                    client.close();
                    continue;
                }
                open.add(client);
                threads.execute(() -> connect(client));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException("the proxy on " + port() + " cannot accept", e);
                }
            }
        }
    }

    private void connect(Socket client) {
        var server = new Socket();
        try {
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
            open.add(server);
            threads.execute(() -> copy(client, server, false));
            copy(server, client, true);
        } catch (IOException unreachable) {
            // What a client sees of a server that is down.
            end(client);
        }
    }

    private void copy(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (answers && answersToCut.get() > 0 && answersToCut.getAndDecrement() > 0) {
                    cut(to);
                    cut(from);
                    return;
                }
                out.write(buffer, 0, n);
                out.flush();
            }
        } catch (IOException ended) {
            // One side is gone, so the other goes too.
        } finally {
            end(from);
            end(to);
        }
    }

    private void cut(Socket socket) {
        if (open.contains(socket)) {
            cuts.incrementAndGet();
            try {
                // A reset, as after the crash of a machine, and no orderly end.
                socket.setSoLinger(true, 0);
            } catch (IOException closedMeanwhile) {
                // Then there is nothing to cut.
            }
            end(socket);
        }
    }

    private void end(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            open.forEach(this::end);
            threads.shutdownNow();
        }
    }
}
