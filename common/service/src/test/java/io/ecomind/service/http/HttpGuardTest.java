package io.ecomind.service.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Permission;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.TestKeys;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What clients may take of a server, with a credential and without, and what not. */
@Tag("integration")
class HttpGuardTest {
    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final byte[] LARGE = new byte[64 << 20];

    private final TestKeys keys = new TestKeys();
    private final String key = keys.issue();
    private final PrometheusRegistry metrics = new PrometheusRegistry();
    private final CountDownLatch released = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private @Nullable HttpServer server;

    @AfterEach
    void close() throws Exception {
        released.countDown();
        for (AutoCloseable each : opened) {
            each.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @Test
    void health_is_answered_while_all_workers_are_busy_and_more_requests_are_refused() throws Exception {
        start(HttpLimits.DEFAULT.withRequests(2, 1, 100, 100));
        for (int i = 0; i < 3; i++) {
            send("GET /blocking HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        await().untilAsserted(() -> {
            HttpResponse<String> refused = get("/echo");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("\"code\":\"unavailable\"");
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
        });

        assertThat(get("/healthz").body()).isEqualTo("{\"status\":\"alive\"}\n");
        assertThat(refused("busy")).isPositive();
    }

    @Test
    void bodies_that_trickle_hold_no_worker_and_end_with_a_problem() throws Exception {
        start(HttpLimits.DEFAULT.withRequests(2, 100, 200, 100).withTimes(LONG, Duration.ofSeconds(3), LONG));
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            slow.add(send(
                    "POST /echo HTTP/1.1\r\nHost: h\r\nAuthorization: " + key + "\r\nContent-Length: 1000\r\n\r\nx"));
        }

        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(post("/echo", "hello").body()).isEqualTo("hello");
        for (Socket socket : slow) {
            assertThat(answer(socket))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("\"code\":\"invalid_request\"")
                    .contains("was too slow after 1 bytes");
        }
        assertThat(refused("slow_body")).isEqualTo(12);
    }

    @Test
    void headers_that_never_end_close_the_connection() throws Exception {
        start(HttpLimits.DEFAULT.withTimes(SHORT, LONG, LONG));
        Socket socket = send("GET /healthz HTTP/1.1\r\nHost: h\r\nX-Slow: ");

        assertThat(answer(socket)).isEmpty();
        assertThat(refused("idle")).isEqualTo(1);
    }

    @Test
    void an_answer_that_nobody_reads_holds_no_worker_and_is_broken_off() throws Exception {
        start(HttpLimits.DEFAULT.withRequests(1, 4, 100, 100).withTimes(LONG, SHORT, LONG));
        send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");

        assertThat(post("/echo", "hello").body()).isEqualTo("hello");
        await().untilAsserted(() -> assertThat(refused("slow_reader")).isEqualTo(1));
    }

    @Test
    void a_streamed_answer_that_nobody_reads_gives_its_worker_back() throws Exception {
        start(HttpLimits.DEFAULT.withRequests(1, 4, 100, 100).withTimes(LONG, SHORT, LONG));
        send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");

        assertThat(post("/echo", "hello").body()).isEqualTo("hello");
        assertThat(refused("slow_reader")).isEqualTo(1);
    }

    @Test
    void a_connection_over_the_limit_takes_the_place_of_the_one_that_is_idle_longest() throws Exception {
        start(HttpLimits.DEFAULT.withRequests(4, 4, 3, 100));
        Socket oldest = send("");
        await().untilAsserted(() -> assertThat(get("/healthz").statusCode()).isEqualTo(200));
        send("");
        send("");

        assertThat(answer(oldest)).isEmpty();
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(refused("connections")).isPositive();
    }

    @Test
    void public_requests_leave_workers_to_others() throws Exception {
        start(HttpLimits.DEFAULT);
        for (int i = 0; i < HttpLimits.DEFAULT.requests().withoutKey(); i++) {
            send("GET /blocking HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        await().untilAsserted(() -> {
            HttpResponse<String> refused = get("/echo");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("without a key");
        });
        released.countDown();
        await().untilAsserted(() -> assertThat(get("/echo").statusCode()).isEqualTo(200));
    }

    @Test
    void answers_in_memory_are_bounded_with_the_bodies_until_they_are_read() throws Exception {
        start(HttpLimits.DEFAULT.withRequests(4, 4, 100, 100).withBufferedBytes(100L << 20, 100L << 20));
        assertThat(get("/whole").statusCode()).isEqualTo(200);
        Socket unread = send("GET /whole HTTP/1.1\r\nHost: h\r\n\r\n");

        await().untilAsserted(() -> {
            HttpResponse<String> refused = get("/whole");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body()).contains("\"code\":\"rate_limited\"");
        });
        assertThat(refused("memory")).isPositive();
        unread.close();
        await().untilAsserted(() -> assertThat(get("/whole").statusCode()).isEqualTo(200));
    }

    @Test
    void bodies_in_memory_are_bounded() throws Exception {
        start(HttpLimits.DEFAULT.withBufferedBytes(100_000, 100_000));

        HttpResponse<String> refused = post("/echo", "x".repeat(100_001));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("at most 100000 bytes");
        // What was taken is given back.
        for (int i = 0; i < 3; i++) {
            assertThat(post("/echo", "x".repeat(40_000)).body()).hasSize(40_000);
            assertThat(post("/stream-in", "x".repeat(40_000)).body()).hasSize(40_000);
        }
    }

    @Test
    void public_routes_take_no_body_and_do_not_wait_for_one() throws Exception {
        start(HttpLimits.DEFAULT.withTimes(LONG, LONG, LONG));
        for (String framing : List.of("Content-Length: 5000000", "Transfer-Encoding: chunked")) {
            for (int i = 0; i <= HttpLimits.DEFAULT.requests().withoutKey(); i++) {
                assertThat(answer(send("OPTIONS /echo HTTP/1.1\r\nHost: h\r\n" + framing + "\r\n\r\n")))
                        .startsWith("HTTP/1.1 400 ")
                        .contains("\"code\":\"invalid_request\"")
                        .contains("OPTIONS /echo takes no body");
            }
        }
        assertThat(answer(send("OPTIONS /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")))
                .startsWith("HTTP/1.1 204 ");
        assertThat(refused("public")).isZero();
    }

    @Test
    void a_body_that_is_not_http_is_refused() throws Exception {
        start(HttpLimits.DEFAULT);
        for (String path : List.of("/echo", "/stream-in")) {
            assertThat(answer(send("POST " + path + " HTTP/1.1\r\nHost: h\r\nAuthorization: " + key
                            + "\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("\"code\":\"invalid_request\"");
        }
    }

    @Test
    void a_public_request_is_counted_until_its_answer_is_read_and_the_slowest_makes_room() throws Exception {
        start(HttpLimits.DEFAULT.withTimes(LONG, LONG, LONG));
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < HttpLimits.DEFAULT.requests().withoutKey(); i++) {
            slow.add(send("GET /shared HTTP/1.1\r\nHost: h\r\n\r\n"));
            awaitAnswer(slow.get(i));
        }
        assertThat(refused("slow_reader")).isZero();

        assertThat(get("/text").statusCode()).isEqualTo(200);

        assertThat(refused("slow_reader")).isEqualTo(1);
        assertThat(refused("public")).isZero();
        // The oldest one is cut off; the others can still be read.
        assertThat(slow.get(0).getInputStream().readAllBytes().length).isLessThan(LARGE.length);
        assertThat(slow.get(1).getInputStream().readNBytes(LARGE.length)).hasSize(LARGE.length);
    }

    @Test
    void connections_without_a_key_that_do_not_read_keep_nobody_out() throws Exception {
        start(HttpLimits.DEFAULT.withRequests(4, 4, 3, 100).withTimes(LONG, LONG, LONG));
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            slow.add(send("GET /shared HTTP/1.1\r\nHost: h\r\n\r\n"));
            awaitAnswer(slow.get(i));
        }

        assertThat(answer(send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")))
                .startsWith("HTTP/1.1 200 ");
        assertThat(slow.get(0).getInputStream().readAllBytes().length).isLessThan(LARGE.length);
    }

    @Test
    void answers_share_what_is_the_same_for_all() {
        byte[] content = {1, 2, 3};
        var shared = new AnswerWriter.SharedContent(content).whole();
        content[1] = 9;

        assertThat(shared.get(1)).isEqualTo((byte) 9);
        assertThat(shared.isReadOnly()).isTrue();
    }

    @Test
    void a_body_over_the_limit_is_read_over_so_that_its_sender_sees_the_answer() throws Exception {
        start(HttpLimits.DEFAULT);

        HttpResponse<String> refused =
                post("/stream-in", "x".repeat(HttpLimits.DEFAULT.bodies().bytes() + 100_000));
        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(refused.body()).contains("\"code\":\"body_too_large\"");
    }

    @Test
    void a_failure_half_way_looks_like_no_whole_answer() throws Exception {
        start(HttpLimits.DEFAULT);

        assertThatThrownBy(() -> get("/stream-fails-late")).isInstanceOf(IOException.class);
        HttpResponse<String> early = get("/stream-fails-early");
        assertThat(early.statusCode()).isEqualTo(400);
        assertThat(early.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(early.headers().firstValue("Content-Disposition")).isEmpty();
        assertThat(early.body()).contains("\"code\":\"invalid_parameter\"");

        // HTTP/1.0 has no mark for the end of an answer but the end of the connection.
        Socket old = send("GET /stream-fails-late HTTP/1.0\r\nHost: h\r\n\r\n");
        assertThatThrownBy(() -> old.getInputStream().readAllBytes()).hasMessageContaining("reset");
    }

    @Test
    void answers_are_compressed_for_those_who_ask() throws Exception {
        start(HttpLimits.DEFAULT);
        for (String path : List.of("/openapi.json", "/stream", "/text")) {
            HttpRequest request = HttpRequest.newBuilder(uri(path))
                    .header("Accept-Encoding", "br, gzip;q=0.5")
                    .build();
            HttpResponse<byte[]> compressed = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            HttpResponse<byte[]> plain =
                    client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofByteArray());

            assertThat(compressed.headers().firstValue("Content-Encoding")).hasValue("gzip");
            assertThat(compressed.headers().firstValue("Vary")).hasValue("Accept-Encoding");
            assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
            try (var in = new java.util.zip.GZIPInputStream(new java.io.ByteArrayInputStream(compressed.body()))) {
                assertThat(in.readAllBytes()).as(path).isEqualTo(plain.body());
            }
        }
    }

    @Test
    void every_answer_has_the_standard_headers() throws Exception {
        start(HttpLimits.DEFAULT);
        for (String request : List.of(
                "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "GET /nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "DELETE /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "GET /fails HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "GARBAGE\r\n\r\n",
                "GET /" + "a".repeat(9_000) + " HTTP/1.1\r\nHost: h\r\n\r\n")) {
            assertThat(answer(send(request)))
                    .as(request.substring(0, 7))
                    .contains("X-Content-Type-Options: nosniff\r\n")
                    .contains("Content-Security-Policy: default-src 'none';")
                    .contains("Referrer-Policy: no-referrer\r\n")
                    .doesNotContain("Server:")
                    .doesNotContain("Strict-Transport-Security");
        }
    }

    private void start(HttpLimits limits) {
        HttpFeature routes = config -> {
            config.get("/echo", ctx -> ctx.result("echo"), Access.PUBLIC);
            config.post("/echo", ctx -> ctx.result(RequestMemory.body(ctx)), Access.to(Permission.USAGE_WRITE));
            config.post("/stream-in", ctx -> ctx.result(ctx.bodyAsBytes()), Access.to(Permission.USAGE_WRITE));
            config.options("/echo", ctx -> ctx.status(204), Access.PUBLIC);
            config.get("/shared", ctx -> AnswerWriter.share(ctx, LARGE), Access.PUBLIC);
            config.get(
                    "/blocking",
                    ctx -> {
                        if (!released.await(60, TimeUnit.SECONDS)) {
                            throw new IllegalStateException("nobody released the request");
                        }
                    },
                    Access.PUBLIC);
            config.get("/large", ctx -> ctx.result(LARGE), Access.PUBLIC);
            config.get(
                    "/whole",
                    ctx -> AnswerWriter.whole(ctx, "application/octet-stream", out -> out.write(LARGE)),
                    Access.PUBLIC);
            config.get("/text", ctx -> ctx.result("text ".repeat(1_000)), Access.PUBLIC);
            config.get(
                    "/fails",
                    ctx -> {
                        throw new IllegalStateException("words of the cause");
                    },
                    Access.PUBLIC);
            config.get(
                    "/stream", ctx -> AnswerWriter.stream(ctx, "text/plain", out -> out.write(LARGE)), Access.PUBLIC);
            config.get(
                    "/stream-fails-late",
                    ctx -> AnswerWriter.stream(ctx, "text/plain", out -> {
                        out.write(new byte[1 << 20]);
                        throw new IllegalStateException("half way");
                    }),
                    Access.PUBLIC);
            config.get(
                    "/stream-fails-early",
                    ctx -> AnswerWriter.stream(ctx, "text/csv", out -> {
                        ctx.header("Content-Disposition", "attachment; filename=a.csv");
                        out.write(new byte[100]);
                        throw new AppException(ErrorCode.INVALID_PARAMETER, "no");
                    }),
                    Access.PUBLIC);
        };
        server = HttpServer.start(
                new HttpServer.Address("127.0.0.1", 0), limits, metrics, keys.authenticator(), List.of(routes));
    }

    private Socket send(String request) throws IOException {
        var socket = new Socket(
                InetAddress.getLoopbackAddress(), requireNonNull(server).port());
        opened.add(socket);
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static void awaitAnswer(Socket socket) {
        await().until(() -> socket.getInputStream().available() > 0);
    }

    private static String answer(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri(path))
                        .header("Authorization", key)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + requireNonNull(server).port() + path);
    }

    private double refused(String reason) {
        return metrics.scrape("ecomind_http_refused"::equals).stream()
                .map(CounterSnapshot.class::cast)
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .filter(point -> reason.equals(point.getLabels().get("reason")))
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }
}
