package io.ecomind.api.factors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.service.AppException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What is made of a body that is small on the wire, as gzip, and whose content is refused or ignored. */
class EstimateMemoryTest {
    private static final Instant NOW = Instant.parse("2026-03-15T12:00:00Z");
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void calls_over_the_limit_are_not_read() {
        // What follows the first thousand calls is no JSON: nobody looks at it.
        byte[] body =
                ("[" + "{},".repeat(Limits.MAX_ITEMS + 1) + "x".repeat(4 << 20)).getBytes(StandardCharsets.US_ASCII);

        long allocated = allocated(() -> assertThatThrownBy(() -> EstimateRequest.read(body, NOW))
                .isInstanceOfSatisfying(
                        AppException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_ITEMS)));

        assertThat(allocated).isLessThan(20L << 20);
    }

    @Test
    void unknown_names_are_not_kept() {
        var text = new StringBuilder("{\"provider\":\"openai\"");
        for (int i = 0; i < 300_000; i++) {
            text.append(",\"n").append(i).append("\":{}");
        }
        byte[] body = text.append('}').toString().getBytes(StandardCharsets.US_ASCII);

        long allocated = allocated(() -> {
            EstimateRequest request = EstimateRequest.read(body, NOW);
            assertThat(request.calls()).hasSize(1);
            assertThat(request.warnings()).hasSize(50).last().asString().contains("more warnings");
        });

        // A string for each name, and nothing more.
        assertThat(allocated).isLessThan(20L << 20);
    }

    @Test
    void errors_are_listed_up_to_a_limit_and_the_others_counted() {
        String call = "{\"tokens_in\":-1,\"tokens_out\":-1,\"units\":-1,\"latency_ms\":-1}";
        byte[] body =
                ("[" + (call + ",").repeat(Limits.MAX_ITEMS - 1) + call + "]").getBytes(StandardCharsets.US_ASCII);

        EstimateRequest request = EstimateRequest.read(body, NOW);

        assertThat(request.errors()).hasSize(2_000);
        assertThat(request.errorsOmitted()).isEqualTo(3_000);
        assertThat(request.invalidCalls()).isEqualTo(1_000);
        assertThat(request.errors())
                .last()
                .extracting(EstimateRequest.CallError::index)
                .isEqualTo(999);
    }

    private static long allocated(Runnable work) {
        long thread = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        work.run();
        return THREADS.getThreadAllocatedBytes(thread) - before;
    }
}
