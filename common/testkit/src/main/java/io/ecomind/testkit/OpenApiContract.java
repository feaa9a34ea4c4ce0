package io.ecomind.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The OpenAPI document of the servers, as a judge of their answers. Thread-safe.
 *
 * <p>An answer must have a status and a media type that the document lists for its operation, and the headers that it
 * requires; a JSON body must be valid under the schema. Bodies of other media types are not looked at. A path that the
 * document does not have may only answer as its {@code x-other-requests} say, and so may a method that a path does not
 * have; what they list under {@code any} may come from every path. HEAD is judged as GET without a body.
 */
public final class OpenApiContract {
    private static final String RESOURCE = "/openapi/v1.yaml";
    /** Names schemas for references only; nothing is loaded from there. */
    private static final String LOCATION = "https://openapi.invalid/v1/schema-";

    private static final int MAX_SHOWN_ERRORS = 12;
    private static final int MAX_SHOWN_BODY = 2_000;
    private static final Set<String> METHODS =
            Set.of("get", "put", "post", "delete", "options", "head", "patch", "trace");
    private static final Pattern PARAMETER = Pattern.compile("\\{[^}/]+}");
    private static final Pattern INTEGER = Pattern.compile("-?\\d{1,18}");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static final class Holder {
        private static final OpenApiContract INSTANCE = fromClassPath();
    }

    private final JsonNode document;
    private final List<Path> paths;
    private final SchemaRegistry schemas;
    private final ObjectNode named;
    private final AtomicInteger counter = new AtomicInteger();
    private final Map<String, Schema> compiled = new ConcurrentHashMap<>();

    /** A path of the document with what it matches. */
    private record Path(String template, Pattern pattern, int parameters) {}

    /** A node of the document and where it stands, as a JSON pointer. */
    private record Found(String pointer, JsonNode node) {
        Found child(String name) {
            return new Found(pointer + '/' + name.replace("~", "~0").replace("/", "~1"), node.path(name));
        }

        boolean exists() {
            return !node.isMissingNode();
        }
    }

    private OpenApiContract(JsonNode document) {
        this.document = document;
        List<Path> templates = new ArrayList<>();
        document.path("paths").fieldNames().forEachRemaining(template -> templates.add(toPath(template)));
        // A path without parameters goes before one that matches it by a parameter.
        templates.sort(Comparator.comparingInt(Path::parameters).thenComparing(Path::template));
        this.paths = List.copyOf(templates);
        SchemaRegistryConfig config = SchemaRegistryConfig.builder()
                .formatAssertionsEnabled(true)
                .pathType(PathType.JSON_POINTER)
                .locale(Locale.ROOT)
                .build();
        this.schemas = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaRegistryConfig(config));
        JsonNode components = document.at("/components/schemas");
        this.named = JSON.createObjectNode();
        named.set("$defs", components.isObject() ? withoutComponents(components) : JSON.createObjectNode());
    }

    /** The document on the class path; read once. */
    public static OpenApiContract get() {
        return Holder.INSTANCE;
    }

    /** A document in YAML, for tests of this class. */
    static OpenApiContract fromYaml(String yaml) {
        try {
            return new OpenApiContract(new YAMLMapper().readTree(yaml));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static OpenApiContract fromClassPath() {
        try (InputStream in = OpenApiContract.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the class path has no " + RESOURCE);
            }
            return fromYaml(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The whole document. Do not change it. */
    public JsonNode document() {
        return document;
    }

    /** All operations, such as {@code GET /v1/today}, sorted. */
    public Set<String> routes() {
        Set<String> routes = new TreeSet<>();
        document.path("paths")
                .fields()
                .forEachRemaining(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (METHODS.contains(method)) {
                        routes.add(method.toUpperCase(Locale.ROOT) + ' ' + path.getKey());
                    }
                }));
        return routes;
    }

    /**
     * Judges an answer without its headers.
     *
     * @param path as requested, without query
     * @param contentType with or without parameters; null when the answer has none
     * @throws AssertionError naming the request, the status, the place in the body and what is wrong
     */
    public void check(String method, String path, int status, @Nullable String contentType, byte[] body) {
        var answer = new Answer(method, path, status, body);
        judge(answer, find(answer), contentType);
    }

    /** The same with the headers that the document requires or describes. */
    public void check(String method, String path, int status, Map<String, List<String>> headers, byte[] body) {
        var answer = new Answer(method, path, status, body);
        Found response = find(answer);
        List<String> contentType = valuesOf(headers, "Content-Type");
        judge(answer, response, contentType.isEmpty() ? null : contentType.get(0));
        Found documented = response.child("headers");
        documented.node().fieldNames().forEachRemaining(name -> {
            Found header = resolved(documented.child(name));
            List<String> values = valuesOf(headers, name);
            if (values.isEmpty() && header.node().path("required").asBoolean()) {
                throw answer.failure("the header " + name + " is missing");
            }
            Found schema = header.child("schema");
            boolean integer = schema.node().path("type").asText().equals("integer");
            for (String value : values) {
                JsonNode read = integer && INTEGER.matcher(value).matches()
                        ? LongNode.valueOf(Long.parseLong(value))
                        : TextNode.valueOf(value);
                validate(answer, schema, read, "the header " + name + " is not as documented");
            }
        });
    }

    /** What is judged, for messages. */
    private record Answer(String method, String path, int status, byte[] body) {
        AssertionError failure(String why) {
            String shown = new String(body, StandardCharsets.UTF_8);
            return new AssertionError(method + ' ' + path + " answered " + status + ": " + why + "\nBody: "
                    + (shown.length() > MAX_SHOWN_BODY ? shown.substring(0, MAX_SHOWN_BODY) + "…" : shown));
        }
    }

    /** The response that the document has for an answer. */
    private Found find(Answer answer) {
        var root = new Found("", document);
        Path path = paths.stream()
                .filter(known -> known.pattern().matcher(answer.path()).matches())
                .findFirst()
                .orElse(null);
        if (path == null) {
            return other(answer, root, "unknown-path", "the document does not have this path");
        }
        String method = answer.method().toLowerCase(Locale.ROOT);
        Found operation = root.child("paths").child(path.template()).child(method.equals("head") ? "get" : method);
        if (!operation.exists()) {
            return other(
                    answer,
                    root,
                    "unknown-method",
                    "the document does not have this method for the path " + path.template());
        }
        Found response = operation.child("responses").child(Integer.toString(answer.status()));
        return response.exists()
                ? resolved(response)
                : other(answer, root, "any", "the document does not have this status for the path " + path.template());
    }

    private Found other(Answer answer, Found root, String kind, String why) {
        String status = Integer.toString(answer.status());
        Found others = root.child("x-other-requests");
        Found response = others.child(kind).child(status);
        if (!response.exists()) {
            response = others.child("any").child(status);
        }
        if (!response.exists()) {
            throw answer.failure(why);
        }
        return resolved(response);
    }

    private void judge(Answer answer, Found response, @Nullable String contentType) {
        if (answer.method().equalsIgnoreCase("HEAD")) {
            return;
        }
        Found content = response.child("content");
        if (!content.exists() && contentType == null && answer.body().length == 0) {
            return;
        }
        String mediaType =
                contentType == null ? "" : contentType.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        if (!content.child(mediaType).exists()) {
            List<String> documented = new ArrayList<>();
            content.node().fieldNames().forEachRemaining(documented::add);
            throw answer.failure("the document does not have the media type '" + mediaType + "' for this status, only "
                    + documented);
        }
        if (mediaType.equals("application/json") || mediaType.endsWith("+json")) {
            JsonNode body;
            try {
                body = JSON.readTree(answer.body());
            } catch (IOException e) {
                throw answer.failure("the body is not JSON: " + e.getMessage());
            }
            validate(
                    answer,
                    content.child(mediaType).child("schema"),
                    body == null ? MissingNode.getInstance() : body,
                    "the body is not as documented");
        }
    }

    private void validate(Answer answer, Found schema, JsonNode value, String what) {
        var errors = compiled.computeIfAbsent(schema.pointer(), pointer -> compile(schema))
                .validate(value);
        if (!errors.isEmpty()) {
            throw answer.failure(what
                    + errors.stream()
                            .limit(MAX_SHOWN_ERRORS)
                            .map(error -> {
                                String place = error.getInstanceLocation().toString();
                                return "\n  at " + (place.isEmpty() ? "/" : place) + ": " + error.getMessage();
                            })
                            .collect(Collectors.joining()));
        }
    }

    /** The schema in a document of its own, beside the named ones that it refers to. */
    private Schema compile(Found schema) {
        ObjectNode root = named.deepCopy();
        ObjectNode definitions = (ObjectNode) root.get("$defs");
        definitions.set("answer", withoutComponents(schema.node()));
        root.put("$ref", "#/$defs/answer");
        return schemas.getSchema(SchemaLocation.of(LOCATION + counter.incrementAndGet()), root);
    }

    /** OpenAPI keeps named schemas at a place of its own, JSON Schema under {@code $defs}. */
    private static JsonNode withoutComponents(JsonNode schema) {
        try {
            return JSON.readTree(schema.toString().replace("\"#/components/schemas/", "\"#/$defs/"));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Follows references within the document. */
    private Found resolved(Found found) {
        Found at = found;
        while (at.node().has("$ref")) {
            String reference = at.node().get("$ref").asText();
            if (!reference.startsWith("#/")) {
                throw new IllegalStateException("references must stay within the document, was " + reference);
            }
            at = new Found(reference.substring(1), document.at(reference.substring(1)));
            if (!at.exists()) {
                throw new IllegalStateException("the document has nothing at " + reference);
            }
        }
        return at;
    }

    private static List<String> valuesOf(Map<String, List<String>> headers, String name) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .flatMap(header -> header.getValue().stream())
                .toList();
    }

    private static Path toPath(String template) {
        var pattern = new StringBuilder();
        var parameter = PARAMETER.matcher(template);
        int end = 0;
        int parameters = 0;
        while (parameter.find()) {
            pattern.append(Pattern.quote(template.substring(end, parameter.start())))
                    .append("[^/]+");
            end = parameter.end();
            parameters++;
        }
        pattern.append(Pattern.quote(template.substring(end)));
        return new Path(template, Pattern.compile(pattern.toString()), parameters);
    }
}
