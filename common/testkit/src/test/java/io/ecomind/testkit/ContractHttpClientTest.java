package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class ContractHttpClientTest {
    private final ContractHttpClient client = new ContractHttpClient();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void a_documented_answer_is_handed_on() throws Exception {
        answer("{\"status\":\"alive\"}");

        assertThat(client.sendForText(request("/healthz?x=1")).body()).isEqualTo("{\"status\":\"alive\"}");
        assertThat(client.send(request("/healthz")).body()).isNotEmpty();
    }

    @Test
    void an_undocumented_answer_is_not() {
        answer("{\"status\":\"alive\",\"since\":1}");

        assertThatThrownBy(() -> client.sendForText(request("/healthz")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("GET /healthz answered 200")
                .hasMessageContaining("since");
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path))
                .build();
    }

    private void answer(String json) {
        server.createContext("/", exchange -> {
            byte[] body = json.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }
}
