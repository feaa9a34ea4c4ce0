package io.ecomind.jobs.windows;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which offsets of events.raw have been counted: a bit for each, in chunks that are removed once their windows are
 * closed. Not thread-safe.
 *
 * <p>A million events take about 128 KiB. Offsets of events.raw are dense, so bits cost less than any set of numbers.
 */
final class SeenOffsets {
    private static final int CHUNK_BITS = 16;
    private static final int CHUNK_MASK = (1 << CHUNK_BITS) - 1;
    private static final int HEADER_BYTES = Integer.BYTES + 2 * Long.BYTES;

    private final Map<Integer, TreeMap<Long, OffsetChunk>> byPartition = new HashMap<>();

    private static final class OffsetChunk {
        private final BitSet bits = new BitSet();
        private long neededUntilMillis = Long.MIN_VALUE;
    }

    /**
     * Adds an offset.
     *
     * @param neededUntilMillis when the offset may be removed
     * @return false when it had been added before
     */
    boolean add(int partition, long offset, long neededUntilMillis) {
        OffsetChunk chunk = byPartition
                .computeIfAbsent(partition, p -> new TreeMap<>())
                .computeIfAbsent(offset >> CHUNK_BITS, c -> new OffsetChunk());
        chunk.neededUntilMillis = Math.max(chunk.neededUntilMillis, neededUntilMillis);
        int bit = (int) (offset & CHUNK_MASK);
        if (chunk.bits.get(bit)) {
            return false;
        }
        chunk.bits.set(bit);
        return true;
    }

    /** Removes chunks of which no offset is needed any more. */
    void forget(long nowMillis) {
        byPartition.values().forEach(chunks -> chunks.values().removeIf(chunk -> chunk.neededUntilMillis <= nowMillis));
        byPartition.values().removeIf(TreeMap::isEmpty);
    }

    int chunks() {
        return byPartition.values().stream().mapToInt(TreeMap::size).sum();
    }

    /** One array per chunk: partition, chunk, until when it is needed, bits. */
    List<byte[]> toBytes() {
        List<byte[]> all = new ArrayList<>();
        byPartition.forEach((partition, chunks) -> chunks.forEach((number, chunk) -> {
            byte[] bits = chunk.bits.toByteArray();
            all.add(ByteBuffer.allocate(HEADER_BYTES + bits.length)
                    .putInt(partition)
                    .putLong(number)
                    .putLong(chunk.neededUntilMillis)
                    .put(bits)
                    .array());
        }));
        return all;
    }

    /** Adds the offsets that another task, or this one before a restart, has seen. */
    void merge(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        OffsetChunk chunk = byPartition
                .computeIfAbsent(in.getInt(), p -> new TreeMap<>())
                .computeIfAbsent(in.getLong(), c -> new OffsetChunk());
        chunk.neededUntilMillis = Math.max(chunk.neededUntilMillis, in.getLong());
        chunk.bits.or(BitSet.valueOf(in));
    }
}
