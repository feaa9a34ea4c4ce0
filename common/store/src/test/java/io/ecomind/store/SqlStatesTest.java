package io.ecomind.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
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
    void an_error_around_the_rows_is_transient(String state) {
        assertThat(SqlStates.isTransient(error(state))).isTrue();
        assertThat(SqlStates.isOfData(error(state))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"22001", "22003", "22008", "22021", "22P02", "23502", "23503", "23514", "54000", "P0001"})
    void a_value_that_does_not_fit_fails_each_time(String state) {
        assertThat(SqlStates.isOfData(error(state))).isTrue();
        assertThat(SqlStates.isTransient(error(state))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "28P01", "42501", "42P01", "42703", "XX000"})
    void a_mistake_in_our_statement_is_neither(String state) {
        assertThat(SqlStates.isOfData(error(state))).isFalse();
        assertThat(SqlStates.isTransient(error(state))).isFalse();
    }

    @Test
    void an_error_without_a_code_is_one_of_the_connection() {
        assertThat(SqlStates.isTransient(error(null))).isTrue();
        assertThat(SqlStates.isOfData(error(null))).isFalse();
    }

    @Test
    void a_pool_without_a_connection_is_transient_even_when_the_server_refused_the_password() {
        assertThat(SqlStates.isTransient(new SQLTransientConnectionException("no connection within 2 s", "28P01")))
                .isTrue();
    }

    @Test
    void a_library_s_exception_is_judged_by_the_first_database_error_among_its_causes() {
        assertThat(SqlStates.isTransient(new IllegalStateException(error("40P01"))))
                .isTrue();
        assertThat(SqlStates.isTransient(new IllegalStateException(error("42P01"))))
                .isFalse();
        assertThat(SqlStates.isTransient(new IllegalStateException("no database in it")))
                .isFalse();
    }

    private static SQLException error(@Nullable String state) {
        return new SQLException("a test", state);
    }
}
