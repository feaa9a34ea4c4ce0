package io.ecomind.usage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Quantity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The list of fields against what it must agree with: the protobuf messages, the OpenAPI document, the docs. */
class UsageFieldTest {
    @Test
    void every_count_of_the_messages_is_in_the_list_and_each_reads_its_own_field() {
        long value = 7;
        var event = UsageEvent.newBuilder();
        var item = IngestItem.newBuilder();
        for (UsageField field : UsageField.COUNTS) {
            assertThat(field.isKnown(event)).isEqualTo(field.isRequired());
            assertThat(field.isSent(item.build())).isFalse();
            field.setCount(event, ++value);
            item.setField(IngestItem.getDescriptor().findFieldByName(field.wireName()), value);
            assertThat(event.getField(UsageEvent.getDescriptor().findFieldByName(field.wireName())))
                    .isEqualTo(value);
            assertThat(field.count(event)).isEqualTo(value);
            assertThat(field.count(item.build())).isEqualTo(value);
            assertThat(field.isKnown(event)).isTrue();
            assertThat(field.isSent(item.build())).isTrue();
        }
        assertThat(UsageEvent.getDescriptor().getFields())
                .filteredOn(field -> field.getName().startsWith("tokens_"))
                .extracting(field -> field.getName())
                .containsExactlyInAnyOrderElementsOf(tokenFields());
    }

    @Test
    void every_field_of_an_item_is_in_the_list() {
        assertThat(IngestItem.getDescriptor().getFields())
                .extracting(field -> field.getName().replace("metadata_json", "metadata"))
                .containsExactlyInAnyOrderElementsOf(names(UsageField.ALL));
    }

    @ParameterizedTest
    @EnumSource(TokenClass.class)
    void only_a_prompt_is_cached_and_a_part_is_a_part_of_a_whole(TokenClass tokens) {
        TokenClass whole = tokens.whole();

        assertThat(tokens.wireName()).isEqualTo("tokens_" + tokens.name().toLowerCase(Locale.ROOT));
        if (whole != null) {
            assertThat(whole.whole()).isNull();
        }
        if (tokens.work() == TokenClass.TokenWork.CACHE_HIT) {
            assertThat(whole).isEqualTo(TokenClass.IN);
        }
    }

    @ParameterizedTest
    @EnumSource(Quantity.class)
    void each_quantity_has_the_field_of_its_name(Quantity quantity) {
        var band = Band.newBuilder().setMid(5).build();
        var footprint = Footprint.newBuilder();

        FootprintBands.set(footprint, quantity, band);

        assertThat(FootprintBands.of(footprint.build(), quantity)).isEqualTo(band);
        assertThat(footprint.getAllFields().keySet())
                .extracting(field -> field.getName())
                .containsExactly(quantity.name().toLowerCase(Locale.ROOT));
    }

    @Test
    void the_openapi_document_has_the_fields_and_their_limits() throws Exception {
        JsonNode document = document();
        JsonNode event = document.at("/components/schemas/UsageEvent/properties");

        assertThat(names(event)).containsExactlyInAnyOrderElementsOf(names(UsageField.ALL));
        for (UsageField field : UsageField.ALL) {
            JsonNode schema = event.get(field.wireName());
            String limit = switch (field.kind()) {
                case STRING, STRING_OR_INTEGER, TIME -> "maxLength";
                case INTEGER -> "maximum";
                case OBJECT -> "";
            };
            // The values of an enum have no limit of their own, and that of metadata is in bytes.
            if (!limit.isEmpty() && !schema.has("enum")) {
                assertThat(schema.path(limit).asLong(-1))
                        .as(field.wireName() + ", " + limit)
                        .isEqualTo(field.max());
            }
        }
        assertThat(texts(document.at("/components/schemas/UsageEvent/required")))
                .containsExactlyInAnyOrderElementsOf(names(
                        UsageField.ALL.stream().filter(UsageField::isRequired).toList()));
        for (String schema : List.of("EstimateCall", "EstimateInput")) {
            assertThat(names(document.at("/components/schemas/" + schema + "/properties")))
                    .as(schema)
                    .containsAll(names(UsageField.COUNTS));
        }
        assertThat(texts(document.at("/components/schemas/EstimateInput/required")))
                .containsAll(names(UsageField.COUNTS));
    }

    @Test
    void the_docs_name_every_field_of_an_event_and_every_count_of_an_estimate() throws Exception {
        assertNamed(UsageField.ALL, section("api.md", "## POST /v1/ingest"));
        assertNamed(UsageField.COUNTS, section("api.md", "## POST /v1/estimate"));
    }

    @Test
    void the_methodology_says_what_every_token_class_is_a_part_of() throws Exception {
        List<UsageField> tokens =
                Stream.of(TokenClass.values()).map(UsageField::of).toList();

        assertNamed(tokens, section("METHODOLOGY.md", "## 5. Token counts"));
    }

    private static void assertNamed(List<UsageField> fields, String text) {
        assertThat(fields).allSatisfy(field -> assertThat(text).contains("`" + field.wireName() + "`"));
    }

    /** From a heading to the next one of its level. */
    private static String section(String file, String heading) throws IOException {
        String docs = Files.readString(Path.of("../../docs", file));
        int begin = docs.indexOf("\n" + heading + "\n");
        assertThat(begin).as(heading).isNotNegative();
        int end = docs.indexOf("\n## ", begin + heading.length());
        return docs.substring(begin, end);
    }

    private static JsonNode document() throws Exception {
        try (InputStream yaml = UsageField.class.getResourceAsStream("/openapi/v1.yaml")) {
            return new YAMLMapper().readTree(Objects.requireNonNull(yaml));
        }
    }

    private static List<String> tokenFields() {
        return List.of(TokenClass.values()).stream().map(TokenClass::wireName).toList();
    }

    private static List<String> names(List<UsageField> fields) {
        return fields.stream().map(UsageField::wireName).toList();
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    private static List<String> names(JsonNode properties) {
        List<String> names = new ArrayList<>();
        for (Iterator<String> each = properties.fieldNames(); each.hasNext(); ) {
            names.add(each.next());
        }
        return names;
    }
}
