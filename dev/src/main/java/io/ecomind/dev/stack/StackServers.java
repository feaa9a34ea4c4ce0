package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Credentials;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.dev.stack.StackParts.StackPart;
import io.ecomind.store.Migrations;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.EmbeddedPostgresServer;
import io.ecomind.testkit.EmbeddedRedisServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The servers that Ecomind's processes stand on: embedded ones, or external ones where {@link ExternalServices} names them.
 */
final class StackServers {
    private final StackConfig config;
    private final StackSecrets secrets;
    private final StackPorts ports;
    private final StackParts parts;

    StackServers(StackConfig config, StackSecrets secrets, StackPorts ports, StackParts parts) {
        this.config = config;
        this.secrets = secrets;
        this.ports = ports;
        this.parts = parts;
    }

    /**
     * Where the servers are.
     *
     * @param owner the database as the owner of the schema sees it
     */
    record ServerAddresses(DatabaseAddress owner, String kafka, String redis) {}

    /** Starts all of them at once; the database has its schema and the demonstration organisation then. */
    ServerAddresses start(Credentials key) {
        ExecutorService starters = Executors.newFixedThreadPool(3);
        try {
            Future<DatabaseAddress> ownerLater = starters.submit(() -> startDatabase(key));
            Future<String> kafkaLater = starters.submit(this::startKafka);
            Future<String> redisLater = starters.submit(this::startRedis);
            // All three are waited for even when one fails: a server that is still starting could not be stopped.
            List<CommandException> failures = new ArrayList<>();
            DatabaseAddress owner = StackParts.join(StackPart.POSTGRES, ownerLater, failures);
            String kafka = StackParts.join(StackPart.KAFKA, kafkaLater, failures);
            String redis = StackParts.join(StackPart.REDIS, redisLater, failures);
            if (owner == null || kafka == null || redis == null) {
                throw failures.get(0);
            }
            return new ServerAddresses(owner, kafka, redis);
        } finally {
            starters.shutdown();
        }
    }

    /** Where PostgreSQL's programs are unpacked to; kept when the data is removed, because unpacking takes seconds. */
    static Path programs(DataDirectory data) {
        return data.root().resolve("programs");
    }

    private DatabaseAddress startDatabase(Credentials key) throws SQLException {
        DatabaseAddress external = config.external().database();
        DatabaseAddress owner = external != null ? external : parts.start(StackPart.POSTGRES, this::startPostgres);
        long begin = System.nanoTime();
        Migrations.run(owner.dataSource());
        for (String role : Endpoints.ROLES) {
            if (!role.equals("migrator")) {
                EmbeddedPostgresServer.allowLogin(
                        owner.dataSource(),
                        "ecomind_" + role,
                        secrets.password(role).value());
            }
        }
        DemoOrganisation.seed(owner.dataSource(), secrets.peppers(), key.key(), key.keyForImport());
        DemoOrganisation.change(owner.dataSource(), config.zone(), config.plan());
        parts.tell("schema and demonstration organisation", "", begin);
        return owner;
    }

    private DatabaseAddress startPostgres() {
        var server = EmbeddedPostgresServer.start(config.data().postgres(), programs(config.data()), ports.postgres());
        parts.keep(StackPart.POSTGRES, server);
        server.createDatabase(secrets.password("migrator").value());
        return new DatabaseAddress(server.jdbcUrl(), EmbeddedPostgresServer.owner(), secrets.password("migrator"));
    }

    private String startKafka() {
        String external = config.external().kafkaBootstrapServers();
        if (external != null) {
            EmbeddedKafkaBroker.createTopics(external, (short) -1);
            return external;
        }
        return parts.start(StackPart.KAFKA, () -> {
            var broker = EmbeddedKafkaBroker.start(config.data().kafka(), ports.kafka(), ports.kafkaController());
            parts.keep(StackPart.KAFKA, broker);
            EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
            return broker.bootstrapServers();
        });
    }

    private String startRedis() {
        String external = config.external().redisUrl();
        if (external != null) {
            return external;
        }
        return parts.start(StackPart.REDIS, () -> {
            var server = EmbeddedRedisServer.start(config.data().redis(), ports.redis());
            parts.keep(StackPart.REDIS, server);
            return server.url();
        });
    }
}
