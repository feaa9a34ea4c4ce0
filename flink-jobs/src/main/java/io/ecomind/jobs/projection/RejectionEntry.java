package io.ecomind.jobs.projection;

/**
 * One record of events.rejected. Immutable.
 *
 * @param rejection the Rejection in protobuf form
 */
public record RejectionEntry(int partition, long offset, byte[] rejection) {}
