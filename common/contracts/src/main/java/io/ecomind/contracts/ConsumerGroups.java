package io.ecomind.contracts;

/** Kafka consumer groups whose committed offsets more than one process reads. Constants only. */
public final class ConsumerGroups {
    /** Its committed offsets on events.raw tell how far the enrichment is. */
    public static final String ENRICHMENT = "ecomind-enrichment";

    /** The projection. */
    public static final String DAILY = "ecomind-daily";

    private ConsumerGroups() {}
}
