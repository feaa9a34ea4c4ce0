package io.ecomind.service.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class CountedBufferTest {
    private final FakeMemory memory = new FakeMemory();

    @Test
    void the_array_is_counted_and_not_only_its_content() {
        var buffer = new CountedBuffer(memory, 1_000_000, -1);
        buffer.keep(ByteBuffer.allocate(4_096));
        buffer.keep(ByteBuffer.allocate(1));

        assertThat(buffer.count()).isEqualTo(4_097);
        assertThat(memory.held).isEqualTo(8_192);
        // While the content moved there were two arrays.
        assertThat(memory.most).isEqualTo(4_096 + 8_192);

        assertThat(buffer.toArray()).hasSize(4_097).isSameAs(buffer.toArray());
        assertThat(memory.held).isEqualTo(4_097);
    }

    @Test
    void an_announced_length_saves_the_last_copy_and_takes_nothing_ahead() {
        var buffer = new CountedBuffer(memory, 1_000_000, 5_000);
        buffer.keep(ByteBuffer.allocate(10));
        assertThat(memory.held).isEqualTo(4_096);
        buffer.keep(ByteBuffer.allocate(4_990));
        assertThat(memory.held).isEqualTo(5_000);

        assertThat(buffer.toArray()).hasSize(5_000);
        assertThat(memory.most).isEqualTo(4_096 + 5_000);
    }

    @Test
    void bytes_that_are_there_already_are_read_into_one_array() throws IOException {
        var buffer = new CountedBuffer(memory, 1_000_000, 50_000);
        buffer.makeRoom(50_000);
        buffer.readFrom(new ByteArrayInputStream(new byte[50_000]));

        assertThat(buffer.toArray()).hasSize(50_000);
        assertThat(memory.most).isEqualTo(50_000);
    }

    @Test
    void no_more_is_kept_than_the_most_and_a_false_length_does_no_harm() throws IOException {
        for (long announced : new long[] {-1, 3, Long.MAX_VALUE}) {
            var kept = new CountedBuffer(memory, 10_001, announced);
            ByteBuffer bytes = ByteBuffer.allocate(20_000);
            kept.keep(bytes);
            assertThat(kept.toArray()).hasSize(10_001);
            assertThat(bytes.remaining()).isEqualTo(9_999);

            var read = new CountedBuffer(memory, 10_001, announced);
            read.readFrom(new ByteArrayInputStream(new byte[20_000]));
            assertThat(read.toArray()).hasSize(10_001);
        }
    }

    @Test
    void a_refusal_leaves_what_was_held_as_it_was() {
        memory.limit = 10_000;
        var buffer = new CountedBuffer(memory, 1_000_000, -1);
        buffer.keep(ByteBuffer.allocate(4_096));

        assertThatThrownBy(() -> buffer.keep(ByteBuffer.allocate(1))).isInstanceOf(AppException.class);
        assertThat(memory.held).isEqualTo(4_096);
        assertThat(buffer.toArray()).hasSize(4_096);
    }

    private static final class FakeMemory implements CountedBuffer.Memory {
        private long limit = Long.MAX_VALUE;
        private long held;
        private long most;

        @Override
        public void reserve(long bytes) {
            if (held + bytes > limit) {
                throw new AppException(ErrorCode.UNAVAILABLE, "full");
            }
            held += bytes;
            most = Math.max(most, held);
        }

        @Override
        public void release(long bytes) {
            held -= bytes;
        }
    }
}
