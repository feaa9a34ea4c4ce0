package io.ecomind.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.testkit.ServerTests;
import org.junit.jupiter.api.Test;

class TestTagsTest {
    @Test
    void a_class_that_starts_a_server_is_tagged_as_integration() {
        assertThat(ServerTests.untagged("io.ecomind.worker")).isEmpty();
    }
}
