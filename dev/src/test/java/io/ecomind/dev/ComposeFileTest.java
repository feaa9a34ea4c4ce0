package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The file for Docker Compose, by the schema of the Compose Specification and by what this project asks of it. */
class ComposeFileTest {
    private static final Path FILE = Path.of("..", "docker-compose.dev.yml");
    private static final String ADDRESS = "https://github.com/compose-spec/compose-go/schema/compose_spec.json";

    @Test
    void the_file_follows_the_compose_specification() throws IOException {
        assertThat(faults(Files.readString(FILE))).isEmpty();
    }

    @Test
    void what_the_specification_does_not_know_is_found() throws IOException {
        String wrong = Files.readString(FILE).replace("    healthcheck:", "    health_check:");

        assertThat(faults(wrong)).isNotEmpty();
    }

    @Test
    void every_image_has_a_version_and_every_port_is_on_loopback() throws IOException {
        JsonNode services = new YAMLMapper().readTree(FILE.toFile()).path("services");

        assertThat(services).isNotEmpty().allSatisfy(service -> {
            assertThat(service.path("image").asText()).matches("[a-z0-9./-]+:v?\\d[^:]*");
            assertThat(texts(service.path("ports")))
                    .isNotEmpty()
                    .allSatisfy(port -> assertThat(port).startsWith("127.0.0.1:"));
        });
    }

    private static List<String> faults(String yaml) throws IOException {
        String json = new ObjectMapper().writeValueAsString(new YAMLMapper().readTree(yaml));
        return schema().validate(json, InputFormat.JSON).stream()
                .map(Error::toString)
                .toList();
    }

    private static Schema schema() throws IOException {
        try (InputStream in = ComposeFileTest.class.getResourceAsStream("/compose/compose-spec.json")) {
            assertThat(in).isNotNull();
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            // The id in the schema is relative, and needs an address to be relative to.
            return SchemaRegistry.withDefaultDialect(
                            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(ADDRESS, text)))
                    .getSchema(SchemaLocation.of(ADDRESS));
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(one -> texts.add(one.asText()));
        return texts;
    }
}
