package io.ecomind.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CopyTextTest {
    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                9,
                10,
                999_999_999_999L,
                1_000_000_000_000L,
                12_345_678_901_234L,
                Long.MAX_VALUE,
                -1,
                Long.MIN_VALUE
            })
    void numbers_are_written_digit_by_digit(long units) {
        for (int scale : new int[] {0, 9, 12}) {
            assertThat(row(text -> text.decimal(units, scale)))
                    .isEqualTo(BigDecimal.valueOf(units, scale).toPlainString() + "\n");
        }
        assertThat(row(text -> text.number(units))).isEqualTo(units + "\n");
    }

    @Test
    void moments_are_in_utc_to_the_microsecond() {
        assertThat(row(text -> {
                    text.moment(1_772_366_400_000_001L);
                    text.moment(-1);
                    text.date(20_000);
                }))
                .isEqualTo("2026-03-01 12:00:00.000001+00\t1969-12-31 23:59:59.999999+00\t2024-10-04\n");
    }

    @Test
    void what_copy_would_take_for_structure_is_escaped() {
        assertThat(row(text -> {
                    text.text("a\\b\tc\nd\re");
                    text.textOrUnknown(null);
                    text.textOrUnknown("\\N");
                    text.numberOrUnknown(false, 3);
                    text.bool(true);
                    text.text("é\t😀\\");
                }))
                .isEqualTo("a\\\\b\\tc\\nd\\re\t\\N\t\\\\N\t\\N\tt\té\\t😀\\\\\n");
    }

    @Test
    void rows_may_be_longer_than_expected() {
        String all = row(text -> {
            for (int i = 0; i < 1000; i++) {
                text.text("\\".repeat(i));
                text.text("\uFFFD".repeat(i));
                text.decimal(i, 12);
            }
        });

        assertThat(all.chars().filter(c -> c == '\\').count()).isEqualTo(999 * 1000);
        assertThat(all.chars().filter(c -> c == '\uFFFD').count()).isEqualTo(999 * 1000 / 2);
    }

    private static String row(Consumer<CopyText> values) {
        var text = new CopyText(1);
        values.accept(text);
        text.endRow();
        return new String(text.toBytes(), StandardCharsets.UTF_8);
    }
}
