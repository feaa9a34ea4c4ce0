package io.ecomind.ingest.limits;

/** A set of 64-bit hashes, 16 to 32 bytes each. Not thread-safe. */
final class HashSetOfLongs {
    private static final int FIRST_CAPACITY = 16;

    private long[] slots = new long[FIRST_CAPACITY];
    private int size;

    boolean contains(long hash) {
        return slots[slotOf(slots, of(hash))] != 0;
    }

    /** False when it was there. */
    boolean add(long hash) {
        long value = of(hash);
        int slot = slotOf(slots, value);
        if (slots[slot] != 0) {
            return false;
        }
        slots[slot] = value;
        size++;
        if (size * 2 > slots.length) {
            grow();
        }
        return true;
    }

    int size() {
        return size;
    }

    private void grow() {
        long[] larger = new long[slots.length * 2];
        for (long value : slots) {
            if (value != 0) {
                larger[slotOf(larger, value)] = value;
            }
        }
        slots = larger;
    }

    /** Where the value is or would be. The values are hashes already, so their low bits are as good as any. */
    private static int slotOf(long[] slots, long value) {
        int slot = (int) value & (slots.length - 1);
        while (slots[slot] != 0 && slots[slot] != value) {
            slot = (slot + 1) & (slots.length - 1);
        }
        return slot;
    }

    /** Zero marks an empty slot. */
    private static long of(long hash) {
        return hash == 0 ? 1 : hash;
    }
}
