package io.ecomind.service.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a server says about itself: a short page at {@code /}, the OpenAPI document at {@code /openapi.json}, and Swagger
 * UI over it at {@code /docs}, which loads nothing from other servers. Immutable.
 */
final class DocumentationRoutes implements HttpFeature {
    /** The version is that of the webjar in the root pom. */
    private static final String SWAGGER_UI = "/META-INF/resources/webjars/swagger-ui/5.34.1/";

    private static final String HTML = "text/html; charset=utf-8";
    private static final String JAVASCRIPT = "text/javascript; charset=utf-8";

    /** Swagger UI sets style attributes and has its icons in data URLs; all else comes from this server. */
    private static final String DOCS_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
                    + "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String INDEX_POLICY =
            "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Asset index = new Asset(HTML, resource("index.html"));
    private final Asset docs = new Asset(HTML, resource("docs.html"));
    private final Asset document = new Asset("application/json", openApi());
    private final Map<String, Asset> assets = Map.of(
            "docs.js", new Asset(JAVASCRIPT, resource("docs.js")),
            "swagger-ui-bundle.js", new Asset(JAVASCRIPT, resource(SWAGGER_UI + "swagger-ui-bundle.js")),
            "swagger-ui.css", new Asset("text/css; charset=utf-8", resource(SWAGGER_UI + "swagger-ui.css")));

    /** Compressed once, because anybody may ask for it as often as he likes. */
    private record Asset(String contentType, byte[] content, byte[] compressed) {
        Asset(String contentType, byte[] content) {
            this(contentType, content, AnswerWriter.gzip(content));
        }

        void answer(Context ctx) {
            boolean gzip = AnswerWriter.takesGzip(ctx);
            if (gzip) {
                ctx.header("Content-Encoding", "gzip");
            }
            ctx.header("Vary", "Accept-Encoding").contentType(contentType);
            AnswerWriter.share(ctx, gzip ? compressed : content);
        }
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/", ctx -> page(ctx, INDEX_POLICY, index), Access.PUBLIC);
        routes.get("/docs", ctx -> page(ctx, DOCS_POLICY, docs), Access.PUBLIC);
        routes.get("/docs/{file}", this::asset, Access.PUBLIC);
        routes.get("/openapi.json", document::answer, Access.PUBLIC);
    }

    private static void page(Context ctx, String policy, Asset content) {
        content.answer(ctx.header("Content-Security-Policy", policy));
    }

    private void asset(Context ctx) {
        Asset asset = assets.get(ctx.pathParam("file"));
        if (asset == null) {
            throw new NotFoundResponse();
        }
        asset.answer(ctx.header("Cache-Control", "max-age=3600"));
    }

    /** The document with this server in place of the one that the file names. */
    private static byte[] openApi() {
        try {
            ObjectNode document = (ObjectNode) new YAMLMapper().readTree(resource("/openapi/v1.yaml"));
            document.putArray("servers").addObject().put("url", "./");
            return (new ObjectMapper().writeValueAsString(document) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the OpenAPI document cannot be read", e);
        }
    }

    private static byte[] resource(String name) {
        try (InputStream in = DocumentationRoutes.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the class path has no " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
