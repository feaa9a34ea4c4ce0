package io.ecomind.service.limits;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Bytes that are kept as they come. What is counted is the memory that is held for them, not their number: an array that is
 * twice as long as its content takes twice as much, and while it grows there are two. Not thread-safe.
 */
public final class CountedBuffer {
    private static final int FIRST_BYTES = 4_096;
    private static final byte[] NOTHING = new byte[0];

    private final Memory memory;
    private final int max;
    private final long announced;
    private byte[] content = NOTHING;
    private int count;

    /** Where memory is taken from. */
    public interface Memory {
        /**
         * Takes memory.
         *
         * @throws io.ecomind.service.AppException when there is not so much of it
         */
        void reserve(long bytes);

        /** Gives memory back. */
        void release(long bytes);
    }

    /**
     * An empty buffer, which takes no memory.
     *
     * @param max how many bytes are kept at most
     * @param announced how many bytes will come, as their sender says; negative when he does not. Memory is taken for bytes
     *     that came, and not because of this number, which only keeps the last array from being longer than needed
     */
    public CountedBuffer(Memory memory, int max, long announced) {
        this.memory = memory;
        this.max = max;
        this.announced = announced;
    }

    public int count() {
        return count;
    }

    /** Keeps what there is room for, and takes it from the bytes. */
    public void keep(ByteBuffer bytes) {
        int taken = Math.min(bytes.remaining(), max - count);
        if (taken > 0) {
            grow(count + taken);
            bytes.get(content, count, taken);
            count += taken;
        }
    }

    /** Takes memory for bytes that are there already, and that are kept next. */
    public void makeRoom(int bytes) {
        grow((int) Math.min((long) count + bytes, max));
    }

    /** Reads until the end of the stream, or until there is no more room. */
    public void readFrom(InputStream in) throws IOException {
        while (count < max) {
            if (count == content.length) {
                // The end needs no room.
                int next = in.read();
                if (next < 0) {
                    return;
                }
                grow(count + 1);
                content[count] = (byte) next;
                count++;
                continue;
            }
            int read = in.read(content, count, content.length - count);
            if (read < 0) {
                return;
            }
            count += read;
        }
    }

    /** The bytes, in an array of just their length, which the buffer holds itself from now on: it must not be written to. */
    public byte[] toArray() {
        if (content.length != count) {
            resize(count);
        }
        return content;
    }

    private void grow(int needed) {
        if (needed <= content.length) {
            return;
        }
        long doubled = Math.max(FIRST_BYTES, 2L * content.length);
        long most = announced >= needed ? Math.min(announced, max) : max;
        resize((int) Math.max(needed, Math.min(doubled, most)));
    }

    private void resize(int length) {
        memory.reserve(length);
        int before = content.length;
        content = Arrays.copyOf(content, length);
        memory.release(before);
    }
}
