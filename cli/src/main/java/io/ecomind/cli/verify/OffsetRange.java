package io.ecomind.cli.verify;

/** Offsets from begin until before end. */
record OffsetRange(long begin, long end) {
    boolean contains(long offset) {
        return offset >= begin && offset < end;
    }
}
