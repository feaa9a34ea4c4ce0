package io.ecomind.usage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableStringsTest {
    @ParameterizedTest
    @ValueSource(
            ints = {
                0x00, 0x1B, 0x7F, 0x85, 0x9F, 0xAD, 0x034F, 0x061C, 0x115F, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E,
                0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0x2800, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0,
                0xFFF9, 0xE0001, 0xE0041, 0xE01EF, 0xD800
            })
    void a_name_has_no_character_that_nobody_can_see(int codePoint) {
        String name = "a" + Character.toString(codePoint) + "b";

        assertThat(PrintableStrings.findIllegalCharacter(name, false))
                .contains(String.format("U+%04X at position 1", codePoint));
        assertThat(PrintableStrings.quoted(name)).isEqualTo("\"a\uFFFDb\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Zoë", "Łódź", "北京 大学", "مشروع", "फ़ाइल", "a b", "👩‍🚀", "👩🏽‍💻", "🏷️ web", "↔️", "1️⃣", "🇩🇪"
            })
    void what_people_write_is_a_name(String name) {
        assertThat(PrintableStrings.findIllegalCharacter(name, false)).isNull();
    }

    @Test
    void an_emoji_joiner_is_allowed_between_emoji_only() {
        assertThat(PrintableStrings.findIllegalCharacter("\u200D👩", false)).contains("U+200D at position 0");
        assertThat(PrintableStrings.findIllegalCharacter("👩\u200D", false)).contains("U+200D");
        assertThat(PrintableStrings.findIllegalCharacter("👩\u200Da", false)).contains("U+200D");
        assertThat(PrintableStrings.findIllegalCharacter("admin\uFE0F", false)).contains("U+FE0F");
    }

    @Test
    void a_text_may_have_line_breaks_and_direction_marks() {
        assertThat(PrintableStrings.findIllegalCharacter("a\n\t\u200Fb", true)).isNull();
        assertThat(PrintableStrings.findIllegalCharacter("a\u0001", true)).contains("the control character U+0001");
        assertThat(PrintableStrings.findIllegalCharacter("a\uDC00", true)).contains("the lone surrogate U+DC00");
    }

    @Test
    void a_long_string_is_shortened_by_characters() {
        assertThat(PrintableStrings.printable("😀".repeat(41))).isEqualTo("😀".repeat(40) + "…");
        assertThat(PrintableStrings.printable("😀".repeat(40))).isEqualTo("😀".repeat(40));
        assertThat(PrintableStrings.printable("x".repeat(5_000_000))).isEqualTo("x".repeat(40) + "…");
    }
}
