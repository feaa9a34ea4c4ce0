package io.ecomind.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlStatesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "08001", "08006", "25006", "40001", "40P01", "53100", "53300", "55P03", "57014", "57P01", "57P02",
                "57P03", "58000", "58030"
            })
    void trouble_around_the_rows_passes(String state) {
        assertThat(SqlStates.passes(error(state))).isTrue();
        assertThat(SqlStates.isOfData(error(state))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"22001", "22003", "22008", "22021", "22P02", "23502", "23503", "23514", "54000", "P0001"})
    void a_value_is_refused_each_time(String state) {
        assertThat(SqlStates.isOfData(error(state))).isTrue();
        assertThat(SqlStates.passes(error(state))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "28P01", "42501", "42P01", "42703", "XX000"})
    void what_is_wrong_with_us_is_neither(String state) {
        assertThat(SqlStates.isOfData(error(state))).isFalse();
        assertThat(SqlStates.passes(error(state))).isFalse();
    }

    @Test
    void an_error_without_a_code_is_one_of_the_connection() {
        assertThat(SqlStates.passes(error(null))).isTrue();
        assertThat(SqlStates.isOfData(error(null))).isFalse();
    }

    private static SQLException error(@Nullable String state) {
        return new SQLException("a test", state);
    }
}
