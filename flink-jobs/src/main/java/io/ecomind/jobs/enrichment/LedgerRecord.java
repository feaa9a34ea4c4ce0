package io.ecomind.jobs.enrichment;

/**
 * A record on its way into events.enriched. Immutable.
 *
 * @param partition target partition: the one that the event had in events.raw
 * @param orgId Kafka key; empty for heartbeats
 * @param value the EnrichedRecord in protobuf form
 */
public record LedgerRecord(int partition, String orgId, byte[] value) {}
