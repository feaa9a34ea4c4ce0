package io.ecomind.api;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.api.tenant.QueryLimits;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.http.HttpLimits;
import io.ecomind.service.http.HttpServer;
import io.ecomind.service.http.ReadinessCheck;
import io.ecomind.testkit.ContractHttpClient;
import io.ecomind.testkit.TestDatabase;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The API over HTTP on a real database, at a fixed moment, with helpers to fill it. */
public final class RunningApi implements AutoCloseable {
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final AtomicInteger ORGANISATIONS = new AtomicInteger();

    private final TestDatabase database = TestDatabase.get();
    private final ContractHttpClient http = new ContractHttpClient();
    private final ApiService service;
    private final HttpServer server;

    /** An answer with its body, which is null when it is no JSON. */
    public record Answer(int status, HttpResponse<String> response, JsonNode json) {
        public String contentType() {
            return response.headers().firstValue("Content-Type").orElse("");
        }
    }

    public RunningApi(Instant now) {
        this(now, QueryLimits.DEFAULT);
    }

    public RunningApi(Instant now, QueryLimits limits) {
        this(now, limits, HttpLimits.DEFAULT);
    }

    public RunningApi(Instant now, QueryLimits limits, HttpLimits http) {
        var metrics = new PrometheusRegistry();
        var config = new ApiConfig(
                "127.0.0.1", 0, database.jdbcUrl(), "ecomind_api", database.password(), TestDatabase.PEPPER);
        service = ApiService.create(config, Clock.fixed(now, ZoneOffset.UTC), limits);
        server = HttpServer.start(
                new HttpServer.Address("127.0.0.1", 0), http, metrics, service.authenticator(), service.features());
    }

    public int port() {
        return server.port();
    }

    /** A new organisation without any rows. */
    public String newOrganisation(String zone) throws SQLException {
        String id = "api-" + ORGANISATIONS.incrementAndGet() + "-" + System.nanoTime();
        database.addOrganisation(id, "team", zone);
        return id;
    }

    /** A key that may read. */
    public ApiKey readKey(String orgId) throws SQLException {
        return database.addKey(orgId, Set.of("read"));
    }

    /** A key with the scopes. */
    public ApiKey key(String orgId, Set<String> scopes) throws SQLException {
        return database.addKey(orgId, scopes);
    }

    /** What the management port would ask. */
    public Map<String, ReadinessCheck> readiness() {
        return service.readiness();
    }

    /** A key with the scopes that is bound to a person. */
    public ApiKey boundKey(String orgId, Set<String> scopes, String userId) throws SQLException {
        ApiKey key = key(orgId, scopes);
        sql("UPDATE api_keys SET user_id = ? WHERE id = ?", userId, key.id());
        return key;
    }

    /** All routes of the server. */
    public List<HttpServer.Route> routes() {
        return server.routes();
    }

    public Answer get(String path, @Nullable ApiKey key) throws IOException, InterruptedException {
        return get(path, key, null);
    }

    public Answer get(String path, @Nullable ApiKey key, @Nullable String accept)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
        if (key != null) {
            request.header("Authorization", "Bearer " + key.text().value());
        }
        if (accept != null) {
            request.header("Accept", accept);
        }
        return send(request);
    }

    /** Posts JSON. */
    public Answer post(String path, @Nullable ApiKey key, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (key != null) {
            request.header("Authorization", "Bearer " + key.text().value());
        }
        return send(request);
    }

    /** Posts JSON in an encoding. */
    public Answer post(String path, ApiKey key, byte[] body, String contentEncoding)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Content-Type", "application/json")
                .header("Content-Encoding", contentEncoding)
                .header("Authorization", "Bearer " + key.text().value())
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.sendForText(request.build());
        boolean json = response.headers().firstValue("Content-Type").orElse("").contains("json");
        return new Answer(response.statusCode(), response, json ? JSON.readTree(response.body()) : JSON.nullNode());
    }

    /** Executes a statement as the owner of the schema. */
    public void sql(String statement, @Nullable Object... values) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                PreparedStatement prepared = connection.prepareStatement(statement)) {
            for (int i = 0; i < values.length; i++) {
                prepared.setObject(i + 1, values[i]);
            }
            prepared.execute();
        }
    }

    @Override
    public void close() {
        server.close();
        service.close();
    }
}
