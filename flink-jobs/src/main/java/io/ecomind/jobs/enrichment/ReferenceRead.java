package io.ecomind.jobs.enrichment;

/**
 * One record of the reference topic. Immutable.
 *
 * @param offset its offset in the only partition
 * @param record the ReferenceRecord in protobuf form
 */
public record ReferenceRead(long offset, byte[] record) {}
