package io.ecomind.dev.check.attack;

import java.util.EnumSet;
import java.util.Set;

/** What a try cannot do without, besides the HTTP address. */
enum AttackNeed {
    GRPC("the address of gRPC (gateway.grpc)"),
    TENANTS("the database owner's login and the pepper of API keys, to add organisations of its own"),
    GATEWAY_LOGIN("the database login of the gateway"),
    API_LOGIN("the database login of the API"),
    WORKER_LOGIN("the database login of the worker"),
    DISPATCHER_LOGIN("the database login of the dispatcher"),
    PIPELINE_LOGIN("the database login of the jobs"),
    DATABASE("the address of PostgreSQL"),
    KAFKA("the address of Kafka"),
    REDIS("the address of Redis"),
    MANAGEMENT("the address of the management port (metrics.url)"),
    LOCAL("the server's process on this machine");

    private final String description;

    AttackNeed(String description) {
        this.description = description;
    }

    String description() {
        return description;
    }

    boolean isMetBy(AttackTarget target) {
        return switch (this) {
            case GRPC -> target.grpc() != null;
            case TENANTS ->
                target.pepper() != null && target.database("migrator").isPresent();
            case GATEWAY_LOGIN -> target.database("gateway").isPresent();
            case API_LOGIN -> target.database("api").isPresent();
            case WORKER_LOGIN -> target.database("worker").isPresent();
            case DISPATCHER_LOGIN -> target.database("dispatcher").isPresent();
            case PIPELINE_LOGIN -> target.database("pipeline").isPresent();
            case DATABASE -> !target.databases().isEmpty();
            case KAFKA -> target.kafka() != null;
            case REDIS -> target.redis() != null;
            case MANAGEMENT -> !target.management().equals(target.http());
            case LOCAL -> target.pid() != null && target.data() != null;
        };
    }

    /** The logins of all roles but the owner of the schema. */
    static Set<AttackNeed> logins() {
        return EnumSet.range(GATEWAY_LOGIN, PIPELINE_LOGIN);
    }

    /** The logins of the roles that serve organisations, and organisations. */
    static Set<AttackNeed> tenantLogins() {
        return EnumSet.of(TENANTS, API_LOGIN, WORKER_LOGIN, DISPATCHER_LOGIN);
    }
}
