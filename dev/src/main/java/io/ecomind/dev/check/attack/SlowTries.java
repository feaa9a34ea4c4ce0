package io.ecomind.dev.check.attack;

import io.ecomind.dev.check.attack.Attempt.Observation;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Clients that send or read slowly and hold what they were given. Stateless. */
final class SlowTries {
    private static final Duration BUSY_FOR = Duration.ofSeconds(5);
    private static final Duration CUT_WITHIN = Duration.ofSeconds(60);
    private static final Duration HEALTH_LIMIT = Duration.ofSeconds(1);
    private static final int BODIES = 80;
    private static final int HEADERS = 300;
    private static final int READERS = 60;

    private SlowTries() {}

    static List<Attempt> all() {
        return List.of(
                new Attempt(
                        "3a",
                        "trickling-bodies",
                        BODIES + " requests with a key whose bodies come a byte at a time",
                        "/healthz within 1 s and another organisation's event accepted within 2 s meanwhile; all ended"
                                + " by the server within 60 s",
                        Set.of(AttackNeed.TENANTS),
                        SlowTries::bodies),
                new Attempt(
                        "3b",
                        "trickling-headers",
                        HEADERS + " connections whose headers come a byte at a time",
                        "/healthz within 1 s meanwhile; all ended by the server within 60 s",
                        Set.of(),
                        SlowTries::headers),
                new Attempt(
                        "3c",
                        "answers-not-read",
                        READERS + " connections that ask 100 times for a large document and read nothing",
                        "/healthz within 1 s and an event accepted within 2 s meanwhile",
                        Set.of(AttackNeed.TENANTS),
                        SlowTries::readers));
    }

    private static Observation bodies(AttackContext context) throws Exception {
        AttackTenants.Tenant slow = context.tenant("slow", "enterprise");
        String head = context.http()
                        .head(
                                "POST",
                                AttackContext.INGEST,
                                "Authorization",
                                slow.authorization(),
                                "Content-Type",
                                AttackContext.JSON_TYPE)
                + "Content-Length: 1000\r\n\r\n[";
        return trickle(context, BODIES, head, true);
    }

    private static Observation headers(AttackContext context) throws Exception {
        return trickle(context, HEADERS, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", false);
    }

    /** Opens the connections, sends their start, then a byte a second, and sees how long the server bears it. */
    private static Observation trickle(AttackContext context, int count, String start, boolean askOther)
            throws Exception {
        List<Socket> sockets = new ArrayList<>();
        byte[] first = start.getBytes(StandardCharsets.US_ASCII);
        try (var health = new HealthWatch(context.http())) {
            for (int i = 0; i < count; i++) {
                try {
                    Socket socket = context.http().open();
                    socket.setSoTimeout(1);
                    sockets.add(socket);
                    socket.getOutputStream().write(first);
                } catch (IOException refused) {
                    // Fewer connections than were wanted: a limit.
                    break;
                }
            }
            String other = "";
            boolean otherServed = true;
            long begin = System.nanoTime();
            AttackContext.await(BUSY_FOR, () -> {
                trickle(sockets);
                return false;
            });
            if (askOther) {
                HttpAnswer answer = context.ingest(context.open(), context.event("u-beside"));
                otherServed = answer.status() == 202 && answer.took().compareTo(Duration.ofSeconds(2)) < 0;
                other = "; another organisation: " + answer.brief() + " after "
                        + answer.took().toMillis() + " ms";
            }
            boolean cut = AttackContext.await(CUT_WITHIN.minus(BUSY_FOR), () -> {
                trickle(sockets);
                return sockets.isEmpty();
            });
            long seconds = (System.nanoTime() - begin) / 1_000_000_000;
            boolean held = health.isWithin(HEALTH_LIMIT) && otherServed && cut;
            return Observation.of(
                    held,
                    (cut
                                    ? "all ended within " + seconds + " s"
                                    : sockets.size() + " of " + count + " still held after " + seconds + " s")
                            + "; " + health.line() + other);
        } finally {
            closeAll(sockets);
        }
    }

    /** Sends one more byte on each connection, and forgets those that the server has answered or closed. */
    private static void trickle(List<Socket> sockets) {
        sockets.removeIf(socket -> {
            try {
                try {
                    if (socket.getInputStream().read() >= -1) {
                        socket.close();
                        return true;
                    }
                } catch (java.net.SocketTimeoutException waiting) {
                    // Nothing came: the server still waits for the rest.
                }
                socket.getOutputStream().write(' ');
                return false;
            } catch (IOException closed) {
                return true;
            }
        });
    }

    private static Observation readers(AttackContext context) throws Exception {
        List<Socket> sockets = new ArrayList<>();
        byte[] request = (context.http().head("GET", "/openapi.json") + "\r\n")
                .repeat(100)
                .getBytes(StandardCharsets.US_ASCII);
        try (var health = new HealthWatch(context.http())) {
            for (int i = 0; i < READERS; i++) {
                try {
                    Socket socket = context.http().open();
                    sockets.add(socket);
                    socket.getOutputStream().write(request);
                } catch (IOException refused) {
                    break;
                }
            }
            AttackContext.await(BUSY_FOR, () -> false);
            HttpAnswer answer = context.ingest(context.open(), context.event("u-beside"));
            boolean served = answer.status() == 202 && answer.took().compareTo(Duration.ofSeconds(2)) < 0;
            return Observation.of(
                    health.isWithin(HEALTH_LIMIT) && served,
                    health.line() + "; an event: " + answer.brief() + " after "
                            + answer.took().toMillis() + " ms");
        } finally {
            closeAll(sockets);
        }
    }

    private static void closeAll(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
