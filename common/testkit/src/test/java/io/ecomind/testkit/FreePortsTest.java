package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class FreePortsTest {
    @Test
    void ports_are_different_and_never_those_of_outgoing_connections() {
        assertThat(IntStream.of(FreePorts.find(50)).boxed())
                .hasSize(50)
                .doesNotHaveDuplicates()
                .allSatisfy(port -> assertThat(port).isBetween(1_024, 32_767));
    }

    @Test
    void a_wanted_port_is_taken_when_nobody_listens_there() throws IOException {
        int wanted = FreePorts.find(1)[0];

        assertThat(FreePorts.prefer(wanted)).isEqualTo(wanted);
        try (var taken = new ServerSocket(wanted, 1, InetAddress.getLoopbackAddress())) {
            assertThat(FreePorts.prefer(taken.getLocalPort())).isNotEqualTo(wanted);
        }
    }
}
