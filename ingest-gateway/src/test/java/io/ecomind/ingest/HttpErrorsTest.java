package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpLimits;
import io.ecomind.service.http.HttpServer;
import io.ecomind.testkit.ContractHttpClient;
import io.ecomind.testkit.OpenApiContract;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server answers outside of its features: errors of HTTP itself, and the pages about itself. */
@Tag("integration")
class HttpErrorsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ContractHttpClient HTTP = new ContractHttpClient();
    private static final String REST = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private static final PrometheusRegistry METRICS = new PrometheusRegistry();

    private static HttpServer server;

    @BeforeAll
    static void start() {
        server = HttpServer.start(
                new HttpServer.Address("127.0.0.1", 0),
                HttpLimits.DEFAULT,
                METRICS,
                null,
                List.of(routes -> routes.post("/v1/estimate", ctx -> ctx.result(ctx.bodyAsBytes()), Access.PUBLIC)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                arguments("GARBAGE\r\n\r\n", 400, "invalid_request"),
                arguments("\u0001\u0002\r\n\r\n", 400, "invalid_request"),
                arguments("GET /healthz HTTP/3.0\r\nHost: h\r\n\r\n", 400, "invalid_request"),
                arguments("GET /%zz" + REST, 400, "invalid_request"),
                arguments("GET /%ff" + REST, 400, "invalid_request"),
                arguments("GET /a%00b" + REST, 400, "invalid_request"),
                arguments("GET /../secret" + REST, 400, "invalid_request"),
                arguments("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "invalid_request"),
                arguments("GET /healthz HTTP/1.1\r\nHost: secret secret\r\n\r\n", 400, "invalid_request"),
                arguments("GET /healthz HTTP/1.1\r\nHost: h\r\nsecret\r\n\r\n", 400, "invalid_request"),
                arguments("GET /healthz HTTP/1.1\r\nExpect: secret\r\nHost: h\r\n\r\n", 400, "invalid_request"),
                arguments(
                        "POST /v1/estimate HTTP/1.1\r\nContent-Length: x" + REST.substring(9), 400, "invalid_request"),
                arguments(
                        "POST /v1/estimate HTTP/1.1\r\nTransfer-Encoding: chunked" + REST.substring(9) + "zz\r\n",
                        400,
                        "invalid_request"),
                arguments(
                        "POST /v1/estimate HTTP/1.1\r\nTransfer-Encoding: secret" + REST.substring(9),
                        400,
                        "invalid_request"),
                arguments(transfer("gzip, chunked"), 400, "invalid_request"),
                arguments(transfer("gzip\r\nTransfer-Encoding: chunked"), 400, "invalid_request"),
                arguments(transfer("chunked, chunked"), 400, "invalid_request"),
                arguments(transfer("identity, chunked"), 400, "invalid_request"),
                arguments("GET /healthz?user_id=%ff" + REST, 400, "invalid_parameter"),
                arguments("GET /healthz?a=1&user_id=%e2%82" + REST, 400, "invalid_parameter"),
                arguments("GET /healthz?user_id=%c0%af" + REST, 400, "invalid_parameter"),
                arguments("GET /healthz?user_id=%ed%a0%80" + REST, 400, "invalid_parameter"),
                arguments("GET /healthz?user_id=%zz" + REST, 400, "invalid_parameter"),
                arguments("GET /healthz?user_id=%e" + REST, 400, "invalid_parameter"),
                arguments("GET /healthz?user_id=a%" + REST, 400, "invalid_parameter"),
                arguments("GET /healthz?%ff=1" + REST, 400, "invalid_parameter"),
                arguments("GET /healthz?user_id=\u00ff" + REST, 400, "invalid_parameter"),
                arguments("GET /healthz HTTP/1.1\nHost: h\nConnection: close\n\n", 400, "invalid_request"),
                arguments(
                        "POST /v1/estimate HTTP/1.1\r\nContent-Type: application/json\r\nContent-Type: secret/plain"
                                + "\r\nContent-Length: 2" + REST.substring(9) + "{}",
                        400,
                        "invalid_request"),
                arguments(
                        "POST /v1/estimate HTTP/1.1\r\nAuthorization: Bearer a\r\nAuthorization: Bearer secret"
                                + "\r\nContent-Length: 2" + REST.substring(9) + "{}",
                        400,
                        "invalid_request"),
                arguments("GET /" + "a".repeat(9_000) + REST, 414, "uri_too_long"),
                arguments("GET /healthz?" + "a".repeat(9_000) + REST, 414, "uri_too_long"),
                arguments(
                        "GET /healthz HTTP/1.1\r\nX: " + "a".repeat(9_000) + REST.substring(9),
                        431,
                        "headers_too_large"),
                arguments("OPTIONS *" + REST, 404, "not_found"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void what_is_not_valid_http_gets_a_problem_document_that_does_not_quote_it(String request, int status, String code)
            throws IOException {
        String[] answer = exchange(request).split("\r\n\r\n", 2);
        Map<String, List<String>> headers = new TreeMap<>();
        answer[0]
                .lines()
                .skip(1)
                .map(line -> line.split(": ", 2))
                .forEach(pair -> headers.put(pair[0], List.of(pair[1])));

        assertThat(answer[0]).startsWith("HTTP/1.1 " + status + " ");
        JsonNode problem = JSON.readTree(answer[1]);
        assertThat(problem.path("code").asText()).isEqualTo(code);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(answer[1]).endsWith("}\n").doesNotContain("Exception");
        assertThat(problem.path("detail").asText()).doesNotContain("secret");
        OpenApiContract.get().check("GET", "/nothing", status, headers, answer[1].getBytes(StandardCharsets.UTF_8));
    }

    private static String transfer(String codings) {
        return "POST /v1/estimate HTTP/1.1\r\nTransfer-Encoding: " + codings + REST.substring(9)
                + "2\r\n{}\r\n0\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "user_id=%e2%82%ac", "user_id=a+b", "user_id=\u00e2\u0082\u00ac", "&&a==&", "%F0%9F%98%80=1"
            })
    void text_in_a_query_is_taken(String query) throws IOException {
        assertThat(exchange("GET /healthz?" + query + REST)).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void chunked_is_taken_in_any_case() throws IOException {
        assertThat(exchange(transfer("Chunked"))).doesNotContain("Transfer-Encoding must");
    }

    @Test
    void unknown_method_names_those_that_the_path_takes() throws Exception {
        HttpResponse<String> get = send("DELETE", "/healthz");
        HttpResponse<String> post = send("GET", "/v1/estimate");

        assertThat(get.statusCode()).isEqualTo(405);
        assertThat(get.headers().firstValue("Allow")).contains("GET, HEAD");
        assertThat(post.headers().firstValue("Allow")).contains("POST");
        assertThat(post.body()).contains("\"method_not_allowed\"").endsWith("}\n");
    }

    @Test
    void invented_methods_make_no_series_of_metrics() throws Exception {
        for (int i = 0; i < 30; i++) {
            exchange("INVENTED" + i + " /" + REST);
            exchange("GET / HTTP/1.1\r\nHost: h\r\nX-HTTP-Method-Override: ALSO" + i + "\r\nConnection: close\r\n\r\n");
        }

        List<String> methods = METRICS.scrape("ecomind_http_request_latency_seconds"::equals).stream()
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .map(point -> String.valueOf(point.getLabels().get("method")))
                .toList();
        assertThat(methods).contains("GET").isSubsetOf("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other");
    }

    @Test
    void the_method_is_the_one_of_the_request_line() throws Exception {
        String answer =
                exchange("POST /docs HTTP/1.1\r\nHost: h\r\nX-HTTP-Method-Override: GET\r\nConnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 405 ");
    }

    @Test
    void head_is_answered_as_get_is_without_content() throws Exception {
        String head = exchange("HEAD /openapi.json" + REST);
        String get = exchange("GET /openapi.json" + REST);

        assertThat(head).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
        assertThat(head.lines().filter(line -> line.startsWith("Content-")).toList())
                .isNotEmpty()
                .isEqualTo(get.lines()
                        .filter(line -> line.startsWith("Content-"))
                        .limit(head.lines()
                                .filter(line -> line.startsWith("Content-"))
                                .count())
                        .toList());
    }

    @Test
    void unknown_path_is_a_problem_and_health_is_told_its_name() throws Exception {
        assertThat(send("GET", "/nothing").body()).contains("\"not_found\"").endsWith("}\n");
        assertThat(send("GET", "/health").body()).contains("/healthz");
        assertThat(send("GET", "/docs/swagger-ui.js").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/openapi.json"})
    void json_ends_with_a_newline(String path) throws Exception {
        assertThat(send("GET", path).body()).endsWith("}\n");
    }

    @Test
    void root_leads_to_the_other_pages() throws Exception {
        HttpResponse<String> root = send("GET", "/");

        assertThat(root.headers().firstValue("Content-Type")).contains("text/html;charset=utf-8");
        for (String page : List.of("docs", "openapi.json", "healthz")) {
            assertThat(root.body()).contains("href=\"" + page + "\"");
            assertThat(send("GET", "/" + page).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void openapi_json_is_the_document_of_the_contract() throws Exception {
        JsonNode served = JSON.readTree(send("GET", "/openapi.json").body());

        assertThat(served.path("paths"))
                .isEqualTo(OpenApiContract.get().document().path("paths"));
        assertThat(served.path("servers").path(0).path("url").asText()).isEqualTo("./");
    }

    @Test
    void docs_load_nothing_from_other_servers() throws Exception {
        HttpResponse<String> page = send("GET", "/docs");

        assertThat(page.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy)
                        .startsWith("default-src 'none'; script-src 'self';")
                        .doesNotContain("http"));
        assertThat(page.body()).doesNotContain("://");
        for (String file : List.of("docs.js", "swagger-ui-bundle.js", "swagger-ui.css")) {
            assertThat(page.body()).contains("docs/" + file);
            assertThat(send("GET", "/docs/" + file).statusCode()).isEqualTo(200);
        }
    }

    private static HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        return HTTP.sendForText(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build());
    }

    /** Sends bytes that no HTTP client would send. */
    private static String exchange(String request) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
