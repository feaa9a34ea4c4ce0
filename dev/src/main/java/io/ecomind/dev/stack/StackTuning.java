package io.ecomind.dev.stack;

import io.ecomind.ingest.IngestLimits;

/**
 * The limits of the servers of a stack. Every stack has {@link #DEFAULT}; a throwaway one may be started with others, to see
 * which check misses a limit. Immutable.
 */
public record StackTuning(IngestLimits ingest) {
    public static final StackTuning DEFAULT = new StackTuning(IngestLimits.DEFAULT);
}
