package io.ecomind.service.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.Secret;
import io.ecomind.contracts.Permission;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.service.auth.Principal;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class RouteAccessTest {
    private static final Authenticator KEYS = new Authenticator(noDatabase(), new Secret("pepper"));
    private static final HttpFeature PROTECTED = routes -> {
        routes.get("/usage", ctx -> ctx.result("secret"), Access.to(Permission.USAGE_READ));
        routes.post("/usage", ctx -> ctx.result("secret"), Access.to(Permission.USAGE_WRITE));
    };
    private static final HttpFeature OPEN =
            routes -> routes.get("/open/{name}", ctx -> ctx.result(ctx.pathParam("name")), Access.PUBLIC);

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void a_server_with_a_route_that_declares_no_access_does_not_start() {
        HttpFeature forgotten = routes -> routes.put("/forgotten", ctx -> ctx.result("secret"));

        assertThatThrownBy(() -> start(KEYS, PROTECTED, forgotten))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("PUT /forgotten");
    }

    @Test
    void a_server_with_a_route_that_declares_two_does_not_start() {
        HttpFeature twice = routes ->
                routes.get("/twice", ctx -> ctx.result("secret"), Access.PUBLIC, Access.to(Permission.USAGE_READ));

        assertThatThrownBy(() -> start(KEYS, twice)).hasMessageContaining("GET /twice");
    }

    @Test
    void a_server_that_cannot_check_keys_does_not_start_with_a_route_that_needs_one() {
        assertThatThrownBy(() -> start(null, PROTECTED)).hasMessageContaining("GET /usage");
    }

    @Test
    void routes_are_listed_with_their_access() {
        try (HttpServer server = start(KEYS, PROTECTED, OPEN)) {
            assertThat(server.routes())
                    .extracting(route -> route.method() + " " + route.path() + " "
                            + route.access().documentedName())
                    .containsExactlyInAnyOrder(
                            "GET /healthz public",
                            "GET / public",
                            "GET /docs public",
                            "GET /docs/{file} public",
                            "GET /openapi.json public",
                            "GET /usage scope:read",
                            "POST /usage scope:ingest",
                            "GET /open/{name} public");
        }
    }

    @Test
    void a_protected_handler_is_not_called_without_a_key() throws Exception {
        try (HttpServer server = start(KEYS, PROTECTED, OPEN)) {
            HttpResponse<String> answer = send(server, "GET", "/usage", null);
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.body()).contains("unauthorized").doesNotContain("secret");
            assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
            assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        }
    }

    @Test
    void a_key_that_cannot_be_checked_is_an_outage() throws Exception {
        var peppers = KeyPeppers.parse(new Secret("pepper"));
        String key = ApiKey.generate(new SecureRandom(), "test", peppers).text().value();
        try (HttpServer server = start(KEYS, PROTECTED)) {
            assertThat(send(server, "POST", "/usage", key).statusCode()).isEqualTo(503);
        }
    }

    @Test
    void a_public_route_asks_nobody_who_they_are() throws Exception {
        HttpFeature asking =
                routes -> routes.get("/who", ctx -> ctx.result(Principal.of(ctx).orgId()), Access.PUBLIC);
        try (HttpServer server = start(KEYS, OPEN, asking)) {
            HttpResponse<String> answer = send(server, "GET", "/open/door", null);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("door");
            assertThat(answer.headers().firstValue("Cache-Control")).isEmpty();
            assertThat(send(server, "GET", "/who", null).statusCode()).isEqualTo(500);
        }
    }

    @Test
    void what_no_route_matches_is_answered_without_a_key() throws Exception {
        try (HttpServer server = start(KEYS, PROTECTED)) {
            assertThat(send(server, "GET", "/nothing", null).statusCode()).isEqualTo(404);
            assertThat(send(server, "DELETE", "/usage", null).statusCode()).isEqualTo(405);
            assertThat(send(server, "OPTIONS", "/usage", null).statusCode()).isEqualTo(405);
        }
    }

    @Test
    void head_needs_the_key_that_get_needs_and_has_no_content() throws Exception {
        try (HttpServer server = start(KEYS, PROTECTED, OPEN)) {
            assertThat(send(server, "HEAD", "/usage", null).statusCode()).isEqualTo(401);

            HttpResponse<String> head = send(server, "HEAD", "/open/door", null);
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(head.headers().firstValue("Content-Length")).hasValue("4");
        }
    }

    private static HttpServer start(@Nullable Authenticator authenticator, HttpFeature... features) {
        return HttpServer.start(
                new HttpServer.Address("127.0.0.1", 0),
                HttpLimits.DEFAULT,
                new PrometheusRegistry(),
                authenticator,
                List.of(features));
    }

    private HttpResponse<String> send(HttpServer server, String method, String path, @Nullable String key)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static DataSource noDatabase() {
        return (DataSource) Proxy.newProxyInstance(
                RouteAccessTest.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, args) -> {
                    throw new SQLException("there is no database");
                });
    }
}
