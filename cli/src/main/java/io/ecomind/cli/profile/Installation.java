package io.ecomind.cli.profile;

import io.ecomind.connect.KafkaSettings;

/** Where Kafka and the database of an installation are. */
public interface Installation {
    /** Kafka, with what clients need to be let in. */
    KafkaSettings kafka();

    /** Kafka's bootstrap servers. */
    default String kafkaBootstrapServers() {
        return kafka().bootstrapServers();
    }

    /**
     * The database as one role sees it.
     *
     * @param role one of {@link Endpoints#ROLES}
     */
    DatabaseAddress database(String role);
}
