package io.ecomind.cli.verify;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * A set of (partition, offset) pairs within fixed ranges, at one bit each: three million take less than half a
 * megabyte. Not thread-safe.
 */
final class OffsetSet {
    private final Map<Integer, OffsetRange> ranges;
    private final Map<Integer, BitSet> bits = new HashMap<>();

    OffsetSet(Map<Integer, OffsetRange> ranges) {
        this.ranges = Map.copyOf(ranges);
    }

    /** True when the pair lies in the ranges, that is: this set can hold it. */
    boolean covers(int partition, long offset) {
        OffsetRange range = ranges.get(partition);
        return range != null && range.contains(offset);
    }

    /** Adds a covered pair; false when it was in already. */
    boolean add(int partition, long offset) {
        int index = index(partition, offset);
        BitSet set = bits.computeIfAbsent(partition, p -> new BitSet());
        if (set.get(index)) {
            return false;
        }
        set.set(index);
        return true;
    }

    boolean contains(int partition, long offset) {
        BitSet set = bits.get(partition);
        return set != null && covers(partition, offset) && set.get(index(partition, offset));
    }

    long size() {
        return bits.values().stream().mapToLong(BitSet::cardinality).sum();
    }

    long size(int partition) {
        BitSet set = bits.get(partition);
        return set == null ? 0 : set.cardinality();
    }

    /** The offsets of a partition that are here and not in the other set, in order. */
    void forEachNotIn(OffsetSet other, int partition, LongConsumer visitor) {
        BitSet mine = bits.get(partition);
        if (mine == null) {
            return;
        }
        long begin = range(partition).begin();
        for (int i = mine.nextSetBit(0); i >= 0; i = mine.nextSetBit(i + 1)) {
            if (!other.contains(partition, begin + i)) {
                visitor.accept(begin + i);
            }
        }
    }

    private int index(int partition, long offset) {
        OffsetRange range = range(partition);
        if (!range.contains(offset)) {
            throw new IllegalArgumentException(partition + ":" + offset + " is outside " + range);
        }
        return Math.toIntExact(offset - range.begin());
    }

    private OffsetRange range(int partition) {
        OffsetRange range = ranges.get(partition);
        if (range == null) {
            throw new IllegalArgumentException("there is no partition " + partition);
        }
        return range;
    }
}
