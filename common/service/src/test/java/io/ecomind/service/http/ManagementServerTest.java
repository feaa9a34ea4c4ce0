package io.ecomind.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("integration")
class ManagementServerTest {
    private final PrometheusRegistry metrics = new PrometheusRegistry();
    private final Map<String, ReadinessCheck> readiness = new LinkedHashMap<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private ManagementServer server;

    @BeforeEach
    void start() {
        server = ManagementServer.start(
                new ManagementAddress("127.0.0.1", 0, List.of("metrics.example")),
                HttpLimits.MANAGEMENT.withRequests(8, 8, 4, 8),
                metrics,
                readiness);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void metrics_are_those_of_the_process() throws Exception {
        Counter.builder().name("something_total").register(metrics).inc();

        HttpResponse<String> answer = send("GET", "/metrics");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
        assertThat(answer.body()).contains("something_total 1.0");
    }

    @Test
    void readiness_says_what_is_wrong_and_no_word_of_an_exception() throws Exception {
        assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
        readiness.put("kafka", new ReadinessCheck() {
            @Override
            public @Nullable String problem() {
                return null;
            }

            @Override
            public String note() {
                return "one broker";
            }
        });
        readiness.put("database", () -> {
            throw new IOException("secret-host:5432 refused the password");
        });

        HttpResponse<String> answer = send("GET", "/readyz");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body())
                .isEqualTo("{\"kafka\":\"ok: one broker\",\"database\":\"the check failed; why is in the log\"}\n");
    }

    @Test
    void all_else_is_a_problem() throws Exception {
        assertThat(send("GET", "/healthz").body()).isEqualTo("{\"status\":\"alive\"}\n");
        assertThat(send("GET", "/v1/today").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/").body()).contains("\"code\":\"not_found\"");
        HttpResponse<String> post = send("POST", "/metrics");
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(post.headers().firstValue("Allow")).hasValue("GET, HEAD");
        assertThat(post.body()).contains("\"code\":\"method_not_allowed\"");
        assertThat(send("GET", "/" + "a".repeat(9_000)).body()).contains("\"code\":\"uri_too_long\"");
    }

    @Test
    void lines_end_as_the_standard_says_and_nothing_else_is_http() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write("GET /healthz HTTP/1.1\nHost: h\nConnection: close\n\n".getBytes(StandardCharsets.US_ASCII));

            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("\"code\":\"invalid_request\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "LocalHost:80", "[::1]:8090", "10.1.2.3", "metrics.example:8090"})
    void the_process_is_called_by_an_address_or_a_name_of_its_own(String host) throws Exception {
        assertThat(answerTo(host)).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rebound.example", "metrics.example.org", "127.0.0.1.example", "localhost.", "1.2.3.4.5"})
    void a_page_whose_name_was_pointed_at_this_machine_reads_nothing(String host) throws Exception {
        assertThat(answerTo(host))
                .startsWith("HTTP/1.1 400 ")
                .contains("\"code\":\"invalid_request\"")
                .contains("was " + host);
    }

    @Test
    void a_connection_over_the_limit_takes_the_place_of_the_one_that_was_idle_longest() throws Exception {
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 5; i++) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                socket.setSoTimeout(20_000);
                idle.add(socket);
                // Connections are opened by several threads of the server; one that was answered is there.
                socket.getOutputStream()
                        .write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                int last = 0;
                while (last != '}') {
                    last = socket.getInputStream().read();
                    assertThat(last).isNotEqualTo(-1);
                }
                assertThat(socket.getInputStream().read()).isEqualTo('\n');
            }

            assertThat(idle.get(0).getInputStream().read()).isEqualTo(-1);
            assertThat(send("GET", "/metrics").body())
                    .contains("ecomind_management_refused_total{reason=\"connections\"}");
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    private String answerTo(String host) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write(("GET /readyz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
