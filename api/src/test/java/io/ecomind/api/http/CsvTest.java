package io.ecomind.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "=1+1",
                "+1",
                "-1",
                "@SUM(A1)",
                "\t=1",
                "\r=1",
                "\n=1",
                " =1",
                "\u00A0=1",
                "\u3000=1",
                "\uFF1D1+1",
                "\uFF0B1",
                "\uFF0D1",
                "\uFF20SUM",
                "\uFE661",
                "\uFE631",
                "\uFE621",
                "\uFE6BSUM",
                "\u22121",
                "\u207B1",
                "\u200B=1",
                "\uFEFF=1",
                "\u202E=1",
                "\u2060\u200D=1",
                "\u200Bname",
                "\u0000=1"
            })
    void what_a_spreadsheet_might_take_for_a_formula_becomes_text(String name) {
        assertThat(Csv.cell(name)).isEqualTo("'" + name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "name", "a=b", "user@example.org", "é", "😀", "北京", " a", "1-2"})
    void other_names_stay_as_they_are(String name) {
        assertThat(Csv.cell(name)).isEqualTo(name);
    }

    @Test
    void a_cell_that_a_semicolon_or_a_tab_could_begin_is_guarded_too() {
        assertThat(Csv.cell("a;=1")).isEqualTo("a;'=1");
        assertThat(Csv.cell(";=1;b")).isEqualTo(";'=1;b");
        assertThat(Csv.cell("a\t+1")).isEqualTo("a\t'+1");
        assertThat(Csv.cell("=1;@x")).isEqualTo("'=1;'@x");
        assertThat(Csv.cell("a;b")).isEqualTo("a;b");
    }

    @Test
    void numbers_are_numbers() {
        assertThat(Csv.cell(new BigDecimal("0.000000001"))).isEqualTo("0.000000001");
        assertThat(Csv.cell(7L)).isEqualTo("7");
        assertThat(Csv.cell(null)).isNull();
    }
}
