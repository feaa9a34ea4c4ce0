package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.ingest.grpc.GrpcLimits;
import io.ecomind.service.http.HttpLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What senders over HTTP may take of a gateway before and after it is known who they are. */
@Tag("integration")
class SlowClientsTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private final List<Socket> sockets = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void eighty_bodies_that_trickle_stop_nobody() throws Exception {
        HttpLimits limits =
                HttpLimits.DEFAULT.withRequests(4, 100, 200, 100).withTimes(LONG, Duration.ofSeconds(5), LONG);
        try (TestGateway gateway = TestGateway.start(limits, GrpcLimits.DEFAULT)) {
            TestGateway.Tenant slow = TestGateway.tenant();
            TestGateway.Tenant honest = TestGateway.tenant();
            for (int i = 0; i < 80; i++) {
                send(gateway, slow.authorization(), 1_000, "[");
            }

            assertThat(gateway.get("/healthz").status()).isEqualTo(200);
            assertThat(gateway.post(honest, TestGateway.item("")).status()).isEqualTo(202);
            for (Socket socket : sockets) {
                assertThat(answer(socket)).startsWith("HTTP/1.1 400 ").contains("was too slow after 1 bytes");
            }
            assertThat(gateway.counted("ecomind_http_refused", "slow_body")).isEqualTo(80);
            assertThat(gateway.post(slow, TestGateway.item("")).status()).isEqualTo(202);
        }
    }

    @Test
    void a_body_without_a_valid_key_is_not_waited_for() throws Exception {
        try (TestGateway gateway = TestGateway.start(HttpLimits.DEFAULT, GrpcLimits.DEFAULT)) {
            // Nothing of the body is ever sent.
            Socket without = send(gateway, "Bearer nonsense", 5_000_000, "");

            assertThat(answer(without)).startsWith("HTTP/1.1 401 ").contains("\"code\":\"unauthorized\"");
        }
    }

    @Test
    void requests_of_an_organisation_over_its_share_are_refused_and_others_are_not() throws Exception {
        HttpLimits limits = HttpLimits.DEFAULT.withRequests(64, 100, 200, 10).withTimes(LONG, LONG, LONG);
        try (TestGateway gateway = TestGateway.start(limits, GrpcLimits.DEFAULT)) {
            TestGateway.Tenant greedy = TestGateway.tenant();
            for (int i = 0; i < 11; i++) {
                send(gateway, greedy.authorization(), 1_000, "[");
            }
            // One of them comes last, and is answered: the others are in progress.
            TestGateway.await(() -> sockets.stream().anyMatch(SlowClientsTest::isAnswered));

            TestGateway.Reply refused = gateway.post(greedy, TestGateway.item(""));
            assertThat(refused.code()).isEqualTo("rate_limited");
            assertThat(refused.body().path("detail").asText()).contains("at most 10 requests in progress");
            assertThat(refused.header("retry-after")).isEqualTo("1");
            assertThat(gateway.post(TestGateway.tenant(), TestGateway.item("")).status())
                    .isEqualTo(202);
            for (Socket socket : sockets) {
                socket.close();
            }
            TestGateway.await(() -> gateway.post(greedy, TestGateway.item("")).status() == 202);
        }
    }

    @Test
    void what_a_small_body_inflates_to_counts_for_its_sender() throws Exception {
        HttpLimits limits = HttpLimits.DEFAULT.withBufferedBytes(4 << 20, 1 << 20);
        try (TestGateway gateway = TestGateway.start(limits, GrpcLimits.DEFAULT)) {
            TestGateway.Tenant tenant = TestGateway.tenant();
            byte[] spaces = " ".repeat(3 << 20).getBytes(StandardCharsets.UTF_8);

            TestGateway.Reply refused = gateway.post(tenant, gzip(spaces), "Content-Encoding", "gzip");

            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.body().path("detail").asText()).contains("1048576 bytes");
            assertThat(gateway.counted("ecomind_ingest_rejections", "rate_limited"))
                    .as("what a limit refuses is no rejection")
                    .isZero();
            assertThat(gateway.post(tenant, TestGateway.item("")).status()).isEqualTo(202);
        }
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }

    private Socket send(TestGateway gateway, String authorization, int length, String begin) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.httpPort);
        sockets.add(socket);
        socket.setSoTimeout(60_000);
        socket.getOutputStream()
                .write(("POST /v1/ingest HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: "
                                + authorization + "\r\nContent-Length: " + length + "\r\n\r\n" + begin)
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static boolean isAnswered(Socket socket) {
        try {
            return socket.getInputStream().available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String answer(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
