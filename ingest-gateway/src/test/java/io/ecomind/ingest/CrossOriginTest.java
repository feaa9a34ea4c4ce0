package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.testkit.ContractHttpClient;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a browser asks and sees when a web page of another origin sends events. */
@Tag("integration")
class CrossOriginTest {
    private static final ContractHttpClient HTTP = new ContractHttpClient();
    private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";

    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @Test
    void preflight_of_a_listed_origin_is_allowed_without_credentials() throws Exception {
        HttpResponse<String> answer = preflight("/v1/ingest", TestGateway.ORIGIN);

        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.headers().firstValue(ALLOW_ORIGIN)).contains(TestGateway.ORIGIN);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Methods")).contains("POST");
        assertThat(answer.headers().firstValue("Access-Control-Allow-Headers"))
                .hasValueSatisfying(headers -> assertThat(headers).contains("Authorization", "Content-Type"));
        assertThat(answer.headers().firstValue("Access-Control-Allow-Credentials"))
                .isEmpty();
        assertThat(answer.headers().firstValue("Vary")).contains("Origin");
    }

    @Test
    void preflight_of_another_origin_is_not_allowed() throws Exception {
        HttpResponse<String> answer = preflight("/v1/ingest", TestGateway.ORIGIN + ".evil.example");

        assertThat(answer.headers().map().keySet()).noneMatch(name -> name.startsWith("access-control-"));
        assertThat(answer.headers().firstValue("Vary")).contains("Origin");
    }

    @Test
    void only_ingest_can_be_called_from_another_origin() throws Exception {
        HttpResponse<String> answer = preflight("/healthz", TestGateway.ORIGIN);

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue(ALLOW_ORIGIN)).isEmpty();
    }

    @Test
    void page_may_read_answers_errors_and_rate_limits() {
        TestGateway.Tenant tenant = TestGateway.tenant();

        TestGateway.Reply accepted = gateway.post(tenant, TestGateway.item(""), "Origin", TestGateway.ORIGIN);
        TestGateway.Reply refused = gateway.post(tenant, "{", "Origin", TestGateway.ORIGIN);
        TestGateway.Reply stranger =
                gateway.post(tenant, "{", "Origin", TestGateway.ORIGIN, "Authorization", "Bearer nonsense");
        TestGateway.Reply unlisted = gateway.post(tenant, TestGateway.item(""), "Origin", "https://other.example");

        assertThat(accepted.status()).isEqualTo(202);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(stranger.status()).isEqualTo(401);
        for (TestGateway.Reply reply : new TestGateway.Reply[] {accepted, refused, stranger}) {
            assertThat(reply.header("access-control-allow-origin")).isEqualTo(TestGateway.ORIGIN);
            assertThat(reply.header("access-control-expose-headers")).contains("Retry-After", "RateLimit-Remaining");
        }
        assertThat(unlisted.status()).isEqualTo(202);
        assertThat(unlisted.header("access-control-allow-origin")).isEmpty();
        assertThat(unlisted.header("vary")).isEqualTo("Origin");
    }

    private static HttpResponse<String> preflight(String path, String origin) throws Exception {
        return HTTP.sendForText(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.httpPort + path))
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "authorization,content-type")
                .build());
    }
}
