package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class OpenApiContractTest {
    private static final OpenApiContract CONTRACT = OpenApiContract.get();
    private static final String JSON = "application/json";
    private static final String HEALTH =
            "{\"status\":\"ok\",\"time_partitioning\":\"native\",\"complete_through\":null}";
    private static final String NOT_FOUND = problem(404, "not_found");

    private static String problem(int status, String code) {
        return """
                {"type":"urn:ecomind:problem:%s","title":"T","status":%d,"code":"%s","detail":"d","instance":"/x"}""".formatted(code.replace('_', '-'), status, code);
    }

    private static void check(String method, String path, int status, String contentType, String body) {
        CONTRACT.check(method, path, status, contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void an_answer_as_documented_passes() {
        assertThatCode(() -> check("GET", "/v1/health", 200, JSON, HEALTH)).doesNotThrowAnyException();
        assertThatCode(() -> check("GET", "/healthz", 200, JSON, "{\"status\":\"alive\"}"))
                .doesNotThrowAnyException();
    }

    @Test
    void a_problem_as_documented_passes() {
        assertThatCode(() -> check("GET", "/v1/factors/a", 404, "application/problem+json", NOT_FOUND))
                .doesNotThrowAnyException();
    }

    @Test
    void a_code_that_the_status_does_not_have_fails() {
        assertThatThrownBy(() ->
                        check("GET", "/v1/factors/a", 404, "application/problem+json", problem(404, "rate_limited")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("GET /v1/factors/a answered 404")
                .hasMessageContaining("/code");
    }

    @Test
    void an_unknown_field_fails_with_its_name() {
        assertThatThrownBy(() -> check("GET", "/v1/health", 200, JSON, HEALTH.replace("{", "{\"extra\":1,")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("GET /v1/health answered 200")
                .hasMessageContaining("extra");
    }

    @Test
    void an_unknown_field_of_a_composed_schema_fails_with_its_name() {
        assertThatThrownBy(() -> check(
                        "GET",
                        "/v1/factors/a",
                        404,
                        "application/problem+json",
                        NOT_FOUND.replace("{", "{\"extra\":1,")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("extra");
    }

    @Test
    void a_missing_field_fails_with_its_name() {
        assertThatThrownBy(
                        () -> check("GET", "/v1/health", 200, JSON, HEALTH.replace(",\"complete_through\":null", "")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("complete_through");
    }

    @Test
    void a_wrong_type_fails_with_its_place() {
        assertThatThrownBy(() -> check("GET", "/v1/health", 200, JSON, HEALTH.replace("null", "7")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("at /complete_through");
    }

    @Test
    void a_text_that_is_no_time_fails_with_its_place() {
        assertThatThrownBy(() -> check("GET", "/v1/health", 200, JSON, HEALTH.replace("null", "\"yesterday\"")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("at /complete_through");
    }

    @Test
    void a_body_that_is_no_json_fails() {
        assertThatThrownBy(() -> check("GET", "/v1/health", 200, JSON, "<html>"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("the body is not JSON");
    }

    @Test
    void an_empty_body_fails_where_one_is_documented() {
        assertThatThrownBy(() -> check("GET", "/v1/health", 200, JSON, "")).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> CONTRACT.check("GET", "/v1/health", 200, (String) null, new byte[0]))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void an_undocumented_status_fails_with_its_number() {
        assertThatThrownBy(() -> check("GET", "/v1/health", 418, JSON, HEALTH))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("GET /v1/health answered 418")
                .hasMessageContaining("status");
    }

    @Test
    void an_undocumented_media_type_fails_with_its_name() {
        assertThatThrownBy(() -> check("GET", "/v1/health", 200, "text/html", HEALTH))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("'text/html'");
    }

    @Test
    void an_undocumented_path_fails_unless_it_answers_that_there_is_nothing() {
        assertThatThrownBy(() -> check("GET", "/v1/nothing", 200, JSON, "{}"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("GET /v1/nothing answered 200")
                .hasMessageContaining("path");
        assertThatCode(() -> check("GET", "/v1/nothing", 404, "application/problem+json", NOT_FOUND))
                .doesNotThrowAnyException();
    }

    @Test
    void an_undocumented_method_fails_unless_it_answers_that_it_is_not_allowed() {
        assertThatThrownBy(() -> check("DELETE", "/v1/health", 200, JSON, HEALTH))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("DELETE /v1/health answered 200")
                .hasMessageContaining("method");
        assertThatCode(() -> check(
                        "DELETE", "/v1/health", 405, "application/problem+json", problem(405, "method_not_allowed")))
                .doesNotThrowAnyException();
    }

    @Test
    void other_media_types_are_judged_by_name_only() {
        assertThatCode(() -> check("GET", "/docs", 200, "text/html; charset=utf-8", "anything"))
                .doesNotThrowAnyException();
        assertThatCode(() -> check("GET", "/v1/aggregate/daily", 200, "text/csv; charset=utf-8; header=present", "a,b"))
                .doesNotThrowAnyException();
    }

    @Test
    void a_required_header_must_be_there() {
        byte[] body = problem(401, "unauthorized").getBytes(StandardCharsets.UTF_8);
        Map<String, List<String>> bare = Map.of("content-type", List.of("application/problem+json"));

        assertThatThrownBy(() -> CONTRACT.check("GET", "/v1/today", 401, bare, body))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("the header WWW-Authenticate is missing");
        assertThatCode(() -> CONTRACT.check(
                        "GET",
                        "/v1/today",
                        401,
                        Map.of(
                                "content-type",
                                List.of("application/problem+json"),
                                "www-authenticate",
                                List.of("Bearer")),
                        body))
                .doesNotThrowAnyException();
    }

    @Test
    void a_header_must_have_its_documented_form() {
        assertThatThrownBy(() -> CONTRACT.check(
                        "GET",
                        "/v1/health",
                        503,
                        Map.of("Content-Type", List.of("application/problem+json"), "Retry-After", List.of("soon")),
                        problem(503, "unavailable").getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Retry-After");
    }

    @Test
    void a_path_without_parameters_goes_before_one_that_matches_it() {
        OpenApiContract contract = OpenApiContract.fromYaml("""
                openapi: 3.1.0
                paths:
                  /a/{x}: { get: { responses: { '200': { description: d } } } }
                  /a/b: { get: { responses: { '204': { description: d } } } }
                """);

        assertThatCode(() -> contract.check("GET", "/a/b", 204, (String) null, new byte[0]))
                .doesNotThrowAnyException();
        assertThatCode(() -> contract.check("GET", "/a/c", 200, (String) null, new byte[0]))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> contract.check("GET", "/a/c/d", 200, (String) null, new byte[0]))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void routes_are_methods_and_paths() {
        assertThat(CONTRACT.routes())
                .contains("GET /v1/today", "POST /v1/ingest", "POST /v1/restatements", "GET /v1/restatements/{id}");
    }

    @Test
    void every_schema_of_an_answer_can_be_compiled() {
        // A reference that leads nowhere would otherwise show only when some test happens to get that answer.
        CONTRACT.document()
                .path("paths")
                .fields()
                .forEachRemaining(path -> path.getValue()
                        .fields()
                        .forEachRemaining(operation -> operation
                                .getValue()
                                .path("responses")
                                .fieldNames()
                                .forEachRemaining(status -> {
                                    String method = operation.getKey();
                                    String concrete = path.getKey().replaceAll("\\{[^}]+}", "1");
                                    for (String type : List.of(JSON, "application/problem+json")) {
                                        assertThatThrownBy(() ->
                                                        check(method, concrete, Integer.parseInt(status), type, "[]"))
                                                .as(method + " " + concrete + " " + status)
                                                .isInstanceOf(AssertionError.class);
                                    }
                                })));
    }

    @Test
    void every_operation_says_who_may_use_it_and_has_a_name_of_its_own() {
        List<JsonNode> operations = StreamSupport.stream(
                        CONTRACT.document().path("paths").spliterator(), false)
                .flatMap(path -> StreamSupport.stream(path.spliterator(), false))
                .toList();

        assertThat(operations)
                .allSatisfy(operation -> assertThat(operation.path("x-access").asText())
                        .isIn("public", "scope:ingest", "scope:read", "scope:manage"))
                // What the extension says in words, the standard field says for tools.
                .allSatisfy(operation -> assertThat(operation.has("security"))
                        .isEqualTo(operation.path("x-access").asText().equals("public")));
        assertThat(operations.stream()
                        .map(operation -> operation.path("operationId").asText()))
                .doesNotHaveDuplicates()
                .doesNotContain("");
    }

    @Test
    void the_document_has_exactly_the_error_codes_of_the_code() {
        JsonNode codes = CONTRACT.document().at("/components/schemas/ErrorCode/enum");

        assertThat(StreamSupport.stream(codes.spliterator(), false).map(JsonNode::asText))
                .containsExactlyElementsOf(
                        Arrays.stream(ErrorCode.values()).map(ErrorCode::code).toList());
    }

    @Test
    void the_document_has_the_limit_of_calls_of_the_code() {
        assertThat(CONTRACT.document()
                        .at("/components/schemas/EstimateCalls/maxItems")
                        .asInt())
                .isEqualTo(Limits.MAX_ITEMS);
    }
}
