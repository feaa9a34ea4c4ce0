package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TestTagsTest {
    @Test
    void a_class_that_starts_a_server_is_tagged_as_integration() {
        assertThat(ServerTests.untagged("io.ecomind.testkit")).isEmpty();
    }
}
