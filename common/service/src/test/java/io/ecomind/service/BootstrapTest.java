package io.ecomind.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.EnvReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BootstrapTest {
    private static final Map<String, String> ENV = Map.of("ECOMIND_HTTP_PORT", "8080");

    private final List<String> closed = new ArrayList<>();

    @Test
    void parts_are_closed_in_reverse_order_and_once() {
        Bootstrap process = Bootstrap.start(ENV, BootstrapTest::port, (started, port) -> {
            assertThat(port).isEqualTo(8080);
            started.keep(() -> closed.add("first"));
            started.keep(() -> closed.add("second"));
        });
        assertThat(closed).isEmpty();

        process.close();
        process.close();

        assertThat(closed).containsExactly("second", "first");
    }

    @Test
    void what_was_started_is_closed_when_a_later_part_does_not_start() {
        assertThatThrownBy(() -> Bootstrap.start(ENV, BootstrapTest::port, (started, port) -> {
                    started.keep(() -> closed.add("first"));
                    throw new IllegalStateException("the port is taken");
                }))
                .hasMessage("the port is taken");

        assertThat(closed).containsExactly("first");
    }

    @Test
    void a_part_that_does_not_close_keeps_no_other_open() {
        Bootstrap process = Bootstrap.start(ENV, BootstrapTest::port, (started, port) -> {
            started.keep(() -> closed.add("first"));
            started.keep(() -> {
                throw new IllegalStateException("stuck");
            });
        });

        process.close();

        assertThat(closed).containsExactly("first");
    }

    @Test
    void nothing_is_started_with_a_wrong_setting() {
        assertThatThrownBy(() -> Bootstrap.start(
                        Map.of("ECOMIND_HTTP_PORT", "many"),
                        BootstrapTest::port,
                        (started, port) -> closed.add("started")))
                .hasMessageContaining("ECOMIND_HTTP_PORT");

        assertThat(closed).isEmpty();
    }

    private static int port(EnvReader env) {
        return env.integer("ECOMIND_HTTP_PORT", null, 0, 65_535);
    }
}
