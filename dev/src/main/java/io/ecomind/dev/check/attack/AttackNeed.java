package io.ecomind.dev.check.attack;

/** What a try cannot do without, besides the HTTP address. */
enum AttackNeed {
    GRPC("the address of gRPC (gateway.grpc)"),
    TENANTS("the database owner's login and the pepper of API keys, to add organisations of its own"),
    LOGINS("the logins of the database roles"),
    DATABASE("the address of PostgreSQL"),
    KAFKA("the address of Kafka"),
    REDIS("the address of Redis"),
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
            case LOGINS ->
                target.database("api").isPresent() && target.database("gateway").isPresent();
            case DATABASE -> !target.databases().isEmpty();
            case KAFKA -> target.kafka() != null;
            case REDIS -> target.redis() != null;
            case LOCAL -> target.pid() != null && target.data() != null;
        };
    }
}
