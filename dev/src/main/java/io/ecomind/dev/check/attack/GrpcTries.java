package io.ecomind.dev.check.attack;

import io.ecomind.dev.check.attack.Attempt.Observation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What nobody may cost the gRPC port and the HTTP port, above all without a key. Stateless. */
final class GrpcTries {
    private static final int BIG = 5_200_000;
    private static final Duration SOON = Duration.ofSeconds(3);
    private static final Duration STREAM_DEADLINE = Duration.ofSeconds(45);
    private static final int FLOODS = 8;
    private static final int HELD_STREAMS = 200;
    private static final int HELD_CONNECTIONS = 10;
    private static final int MAX_STREAMS = 1_000;
    private static final String REFUSED_STREAM = "reset 7";
    private static final int FLOOD_FRAMES = 20_000;
    private static final int ORGANISATION_CONNECTIONS = 80;
    private static final int MAX_ORGANISATION_CONNECTIONS = 64;

    private static final List<ControlFrame> CONTROL_FRAMES = List.of(
            new ControlFrame("PRIORITY", 2, true, 5),
            new ControlFrame("RST_STREAM", 3, true, 4),
            new ControlFrame("SETTINGS", 4, false, 0),
            new ControlFrame("PING", 6, false, 8),
            new ControlFrame("WINDOW_UPDATE of an ended stream", 8, true, 4),
            new ControlFrame("empty DATA", 0, true, 0),
            new ControlFrame("DATA of a byte", 0, true, 1),
            new ControlFrame("CONTINUATION", 9, true, 0),
            new ControlFrame("an unknown type", 32, false, 0));

    private record ControlFrame(String name, int type, boolean onStream, int length) {
        /** The number one, which is valid for each type, or means nothing. */
        byte[] payload() {
            byte[] payload = new byte[length];
            if (length > 0) {
                payload[length - 1] = 1;
            }
            return payload;
        }
    }

    private GrpcTries() {}

    static List<Attempt> all() {
        return List.of(
                new Attempt(
                        "1a",
                        "grpc-key-before-message",
                        "one gRPC call without a key that announces 5.2 MB and sends 1 KB of it",
                        "status UNAUTHENTICATED (16) within 3 s, before the message is there",
                        Set.of(AttackNeed.GRPC),
                        GrpcTries::keyBeforeMessage),
                new Attempt(
                        "1b",
                        "grpc-empty-items",
                        FLOODS + " gRPC calls at once without a key, each with 5.2 MB of empty items",
                        "each refused, and the process lives",
                        Set.of(AttackNeed.GRPC),
                        context -> flood(context, null)),
                new Attempt(
                        "1c",
                        "grpc-empty-items-with-key",
                        "4 gRPC calls at once with a key, each with 5.2 MB of empty items",
                        "RESOURCE_EXHAUSTED (8) within 3 s each, counted before it is parsed",
                        Set.of(AttackNeed.GRPC, AttackNeed.TENANTS),
                        GrpcTries::floodWithKey),
                new Attempt(
                        "1d",
                        "grpc-open-streams",
                        HELD_STREAMS + " gRPC calls without a key over " + HELD_CONNECTIONS
                                + " connections that send 64 KB and never end",
                        "all ended by the server within 3 s",
                        Set.of(AttackNeed.GRPC),
                        GrpcTries::openStreams),
                new Attempt(
                        "1e",
                        "grpc-open-streams-with-key",
                        "40 gRPC calls with a key that send 256 KB of a message and never end",
                        "all ended by the server within 45 s",
                        Set.of(AttackNeed.GRPC, AttackNeed.TENANTS),
                        GrpcTries::openStreamsWithKey),
                new Attempt(
                        "1f",
                        "grpc-streams-per-connection",
                        "more streams on one connection than the server says it takes",
                        "a limit of at most " + MAX_STREAMS + " is announced and streams beyond it are refused",
                        Set.of(AttackNeed.GRPC, AttackNeed.TENANTS),
                        GrpcTries::streamLimit),
                new Attempt(
                        "1g",
                        "grpc-message-too-large",
                        "a gRPC call with a key that announces 1 GiB and sends 1 KB of it",
                        "ended by the server within 45 s",
                        Set.of(AttackNeed.GRPC, AttackNeed.TENANTS),
                        GrpcTries::tooLarge),
                new Attempt(
                        "1h",
                        "grpc-connections",
                        "600 connections to the gRPC port that stay idle",
                        "the server keeps fewer than all of them, and answers another caller meanwhile",
                        Set.of(AttackNeed.GRPC),
                        GrpcTries::connections),
                new Attempt(
                        "1j",
                        "grpc-control-frames",
                        FLOOD_FRAMES + " frames without content of each type, on connections without a key",
                        "each connection ended by the server within 3 s",
                        Set.of(AttackNeed.GRPC),
                        GrpcTries::controlFrames),
                new Attempt(
                        "1k",
                        "grpc-connections-of-one-organisation",
                        "unfinished calls of one organisation on " + ORGANISATION_CONNECTIONS + " connections",
                        "calls on at most " + MAX_ORGANISATION_CONNECTIONS
                                + " of them, RESOURCE_EXHAUSTED (8) on the others, and another organisation's call"
                                + " answered meanwhile",
                        Set.of(AttackNeed.GRPC, AttackNeed.TENANTS),
                        GrpcTries::connectionsOfOrganisation),
                new Attempt(
                        "1i",
                        "http-key-before-body",
                        "POST /v1/ingest without a key that announces 5 MB and sends nothing of it",
                        "401 within 3 s",
                        Set.of(),
                        GrpcTries::keyBeforeBody));
    }

    private static Observation keyBeforeMessage(AttackContext context) throws IOException {
        try (Http2Connection connection = context.grpc()) {
            int stream = connection.begin(null);
            byte[] start =
                    ByteBuffer.allocate(5 + 1_000).put((byte) 0).putInt(BIG).array();
            connection.send(stream, start, false, SOON);
            String outcome = connection.outcome(stream, SOON);
            return Observation.of(isUnauthenticated(outcome), said(outcome));
        }
    }

    private static Observation flood(AttackContext context, @Nullable String key) throws InterruptedException {
        byte[] message = Http2Connection.message(emptyItems());
        List<String> outcomes = AttackContext.atOnce(FLOODS, () -> {
            try (Http2Connection connection = context.grpc()) {
                int stream = connection.begin(key);
                connection.send(stream, message, true, Duration.ofSeconds(20));
                return said(connection.outcome(stream, Duration.ofSeconds(20)));
            } catch (IOException refused) {
                return "connection refused";
            }
        });
        boolean held = outcomes.stream().allMatch(GrpcTries::isUnauthenticated);
        return Observation.of(held, counted(outcomes));
    }

    private static Observation floodWithKey(AttackContext context) throws Exception {
        byte[] message = Http2Connection.message(emptyItems());
        String key = context.open().key().text().value();
        List<String> outcomes = AttackContext.atOnce(4, () -> {
            try (Http2Connection connection = context.grpc()) {
                int stream = connection.begin(key);
                long begin = System.nanoTime();
                connection.send(stream, message, true, Duration.ofSeconds(20));
                String outcome = said(connection.outcome(stream, Duration.ofSeconds(20)));
                boolean slow = System.nanoTime() - begin > SOON.toNanos();
                return outcome + (slow ? " after more than 3 s" : "");
            }
        });
        return Observation.of(outcomes.stream().allMatch("grpc-status 8"::equals), counted(outcomes));
    }

    private static Observation openStreams(AttackContext context) throws IOException {
        List<Http2Connection> connections = new ArrayList<>();
        try {
            byte[] part =
                    ByteBuffer.allocate(64 << 10).put((byte) 0).putInt(BIG).array();
            for (int i = 0; i < HELD_CONNECTIONS; i++) {
                Http2Connection connection = context.grpc();
                connections.add(connection);
                for (int j = 0; j < HELD_STREAMS / HELD_CONNECTIONS; j++) {
                    connection.send(connection.begin(null), part, false, Duration.ofMillis(500));
                }
            }
            AttackContext.await(SOON, () -> open(connections) == 0);
            return Observation.of(open(connections) == 0, open(connections) + " of " + HELD_STREAMS + " stay open");
        } finally {
            closeAll(connections);
        }
    }

    private static Observation openStreamsWithKey(AttackContext context) throws Exception {
        String key = context.open().key().text().value();
        byte[] part = ByteBuffer.allocate(256 << 10).put((byte) 0).putInt(BIG).array();
        List<Http2Connection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                Http2Connection connection = context.grpc();
                connections.add(connection);
                for (int j = 0; j < 10; j++) {
                    connection.send(connection.begin(key), part, false, Duration.ofMillis(500));
                }
            }
            long begin = System.nanoTime();
            AttackContext.await(STREAM_DEADLINE, () -> open(connections) == 0);
            long left = open(connections);
            return Observation.of(
                    left == 0,
                    left == 0
                            ? "all ended after " + (System.nanoTime() - begin) / 1_000_000_000 + " s"
                            : left + " of 40 stay open after " + STREAM_DEADLINE.toSeconds() + " s");
        } finally {
            closeAll(connections);
        }
    }

    private static Observation streamLimit(AttackContext context) throws Exception {
        String key = context.open().key().text().value();
        try (Http2Connection connection = context.grpc()) {
            Long limit = connection.maxConcurrentStreams(SOON);
            if (limit == null || limit > MAX_STREAMS) {
                return Observation.of(false, "announces " + (limit == null ? "no limit" : "a limit of " + limit));
            }
            int last = 0;
            for (int i = 0; i <= limit; i++) {
                last = connection.begin(key);
            }
            String outcome = connection.outcome(last, SOON);
            boolean held = REFUSED_STREAM.equals(outcome) || connection.isEnded();
            return Observation.of(held, "announces " + limit + "; the next one: " + said(outcome));
        }
    }

    private static Observation tooLarge(AttackContext context) throws Exception {
        try (Http2Connection connection = context.grpc()) {
            int stream = connection.begin(context.open().key().text().value());
            byte[] start =
                    ByteBuffer.allocate(5 + 1_000).put((byte) 0).putInt(1 << 30).array();
            connection.send(stream, start, false, SOON);
            String outcome = connection.outcome(stream, STREAM_DEADLINE);
            return Observation.of(outcome != null && !outcome.equals("grpc-status 0"), said(outcome));
        }
    }

    private static Observation connections(AttackContext context) throws IOException {
        List<Http2Connection> connections = new ArrayList<>();
        int wanted = 600;
        try {
            for (int i = 0; i < wanted; i++) {
                try {
                    connections.add(context.grpc());
                } catch (IOException refused) {
                    break;
                }
            }
            AttackContext.await(SOON, () -> connections.stream().anyMatch(Http2Connection::isEnded));
            long kept = connections.stream().filter(c -> !c.isEnded()).count();
            String other = answerToAnother(context);
            return Observation.of(
                    isUnauthenticated(other) && kept < wanted,
                    kept + " of " + wanted + " stay open; another caller: " + other);
        } finally {
            closeAll(connections);
        }
    }

    private static String answerToAnother(AttackContext context) {
        try (Http2Connection caller = context.grpc()) {
            int stream = caller.begin(null);
            caller.send(stream, Http2Connection.message(new byte[0]), true, SOON);
            return said(caller.outcome(stream, SOON));
        } catch (IOException refused) {
            return "the connection was closed";
        }
    }

    private static Observation controlFrames(AttackContext context) throws IOException {
        List<String> open = new ArrayList<>();
        List<String> ended = new ArrayList<>();
        for (ControlFrame frame : CONTROL_FRAMES) {
            try (Http2Connection connection = context.grpc()) {
                // Some types need a stream that was there.
                connection.outcome(connection.begin(null), SOON);
                boolean end =
                        connection.flood(frame.type(), frame.onStream() ? 1 : 0, frame.payload(), FLOOD_FRAMES, SOON);
                (end ? ended : open).add(frame.name());
            }
        }
        return Observation.of(open.isEmpty(), "ended: " + ended + (open.isEmpty() ? "" : "; taken: " + open));
    }

    private static Observation connectionsOfOrganisation(AttackContext context) throws Exception {
        String key =
                context.tenant("many-connections", "enterprise").key().text().value();
        byte[] part = ByteBuffer.allocate(100).put((byte) 0).putInt(1_000).array();
        List<Http2Connection> connections = new ArrayList<>();
        try {
            List<Integer> streams = new ArrayList<>();
            for (int i = 0; i < ORGANISATION_CONNECTIONS; i++) {
                Http2Connection connection = context.grpc();
                connections.add(connection);
                streams.add(connection.begin(key));
                connection.send(streams.get(i), part, false, SOON);
            }
            AttackContext.await(SOON, () -> open(connections) <= MAX_ORGANISATION_CONNECTIONS);
            List<String> outcomes = new ArrayList<>();
            for (int i = 0; i < ORGANISATION_CONNECTIONS; i++) {
                String outcome = connections.get(i).outcome(streams.get(i), Duration.ZERO);
                outcomes.add(outcome == null ? "open" : outcome);
            }
            String other = answerToAnother(context);
            long held = outcomes.stream().filter("open"::equals).count();
            long refused = outcomes.stream().filter("grpc-status 8"::equals).count();
            return Observation.of(
                    held > 0
                            && held <= MAX_ORGANISATION_CONNECTIONS
                            && held + refused == ORGANISATION_CONNECTIONS
                            && isUnauthenticated(other),
                    counted(outcomes) + "; another caller: " + other);
        } finally {
            closeAll(connections);
        }
    }

    private static Observation keyBeforeBody(AttackContext context) {
        String head = context.http().head("POST", AttackContext.INGEST, "Content-Type", AttackContext.JSON_TYPE)
                + "Content-Length: 5000000\r\n\r\n";
        HttpAnswer answer = context.http().exchange(head, new byte[0]);
        return Observation.of(
                answer.status() == 401 && answer.took().compareTo(SOON) < 0,
                answer.brief() + " after " + answer.took().toMillis() + " ms");
    }

    /** Items without content: two bytes on the wire, an object each in memory. */
    private static byte[] emptyItems() {
        byte[] items = new byte[BIG];
        for (int i = 0; i < BIG; i += 2) {
            items[i] = 0x0a;
        }
        return items;
    }

    private static boolean isUnauthenticated(@Nullable String outcome) {
        return "grpc-status 16".equals(outcome);
    }

    private static long open(List<Http2Connection> connections) {
        return connections.stream().mapToLong(Http2Connection::openStreams).sum();
    }

    private static void closeAll(List<Http2Connection> connections) throws IOException {
        for (Http2Connection connection : connections) {
            connection.close();
        }
    }

    private static String said(@Nullable String outcome) {
        return outcome == null ? "no answer" : outcome;
    }

    static String counted(List<String> outcomes) {
        Map<String, Integer> counts = new TreeMap<>();
        outcomes.forEach(outcome -> counts.merge(outcome, 1, Integer::sum));
        List<String> parts = new ArrayList<>();
        counts.forEach((outcome, count) -> parts.add(count + "× " + outcome));
        return String.join(", ", parts);
    }
}
