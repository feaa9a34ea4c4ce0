package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.ApiConfig;
import io.ecomind.api.ApiService;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.RedisSettings;
import io.ecomind.connect.Secret;
import io.ecomind.ingest.GatewayConfig;
import io.ecomind.ingest.IngestGateway;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.service.http.HttpLimits;
import io.ecomind.service.http.HttpServer;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.OpenApiContract;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The routes of gateway and API are those of the OpenAPI document, with the same access. */
@Tag("integration")
class OpenApiRoutesTest {
    @Test
    void the_servers_have_the_routes_of_the_document_and_no_others() {
        assertThat(served()).isEqualTo(documented());
    }

    /** Such as {@code GET /v1/today scope:read}. */
    private static Set<String> documented() {
        OpenApiContract contract = OpenApiContract.get();
        Set<String> routes = new TreeSet<>();
        for (String route : contract.routes()) {
            String[] parts = route.split(" ", 2);
            JsonNode operation =
                    contract.document().path("paths").path(parts[1]).path(parts[0].toLowerCase(Locale.ROOT));
            routes.add(route + " " + operation.path("x-access").asText());
        }
        return routes;
    }

    /** The same from running servers, whose database and brokers are not there. */
    private static Set<String> served() {
        int[] nowhere = FreePorts.find(3);
        String jdbcUrl = "jdbc:postgresql://127.0.0.1:" + nowhere[0] + "/ecomind";
        var pepper = new Secret("pepper");
        var password = new Secret("password");
        var metrics = new PrometheusRegistry();
        var gatewayConfig = new GatewayConfig(
                "127.0.0.1",
                0,
                0,
                jdbcUrl,
                "ecomind_gateway",
                password,
                pepper,
                KafkaSettings.plaintext("127.0.0.1:" + nowhere[1]),
                RedisSettings.parse("redis://127.0.0.1:" + nowhere[2]),
                GatewayConfig.DEFAULT_ACK_TIMEOUT,
                GatewayConfig.DEFAULT_MAX_IN_FLIGHT_BYTES,
                Duration.ofSeconds(1),
                List.of());
        var apiConfig = new ApiConfig("127.0.0.1", 0, jdbcUrl, "ecomind_api", password, pepper);
        try (IngestGateway gateway = IngestGateway.create(gatewayConfig, Clock.systemUTC(), metrics);
                ApiService api = ApiService.create(apiConfig, Clock.systemUTC())) {
            List<HttpFeature> features = new ArrayList<>(gateway.features());
            features.addAll(api.features());
            try (HttpServer server = HttpServer.start(
                    new HttpServer.Address("127.0.0.1", 0),
                    HttpLimits.DEFAULT,
                    metrics,
                    api.authenticator(),
                    features)) {
                return server.routes().stream()
                        .map(route -> route.method() + " " + route.path() + " "
                                + route.access().documentedName())
                        .collect(Collectors.toCollection(TreeSet::new));
            }
        }
    }
}
