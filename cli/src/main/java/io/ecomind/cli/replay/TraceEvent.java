package io.ecomind.cli.replay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One event of a trace.
 *
 * @param line where it stands, the header being line 1
 * @param body the event on the wire, without {@code ts} and perhaps without {@code id}; changed while it is completed
 * @param at when it happened, or the time since the trace's beginning counted from 1970; null when it does not say
 */
record TraceEvent(long line, ObjectNode body, @Nullable Instant at) {}
