package io.ecomind.cli.profile;

/** Where Kafka and the database of an installation are. */
public interface Installation {
    /** Kafka's bootstrap servers. */
    String kafkaBootstrapServers();

    /**
     * The database as one role sees it.
     *
     * @param role one of {@link Endpoints#ROLES}
     */
    DatabaseAddress database(String role);
}
