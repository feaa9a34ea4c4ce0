package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Credentials;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.RedisSettings;
import io.ecomind.connect.Secret;
import io.ecomind.connect.TopicProvisioner;
import io.ecomind.dev.stack.StackParts.StackPart;
import io.ecomind.store.EverybodysRights;
import io.ecomind.store.Migrations;
import io.ecomind.testkit.BrokerAccess;
import io.ecomind.testkit.CertificateFiles;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.EmbeddedPostgresServer;
import io.ecomind.testkit.EmbeddedRedisServer;
import io.ecomind.testkit.ThrowawayAuthority;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The servers that Ecomind's processes stand on: embedded ones, or external ones where {@link ExternalServices} names them.
 * The embedded ones let in nobody without a password, from their first moment on.
 */
final class StackServers {
    private final StackConfig config;
    private final StackSecrets secrets;
    private final StackPorts ports;
    private final StackParts parts;
    private final @Nullable ThrowawayAuthority authority;

    /** The embedded server once it runs; null before, and where another one is used. For the thread that starts it. */
    private @Nullable EmbeddedPostgresServer postgres;

    /** @param authority issues the certificates of the servers; null: without TLS */
    StackServers(
            StackConfig config,
            StackSecrets secrets,
            StackPorts ports,
            StackParts parts,
            @Nullable ThrowawayAuthority authority) {
        this.config = config;
        this.secrets = secrets;
        this.ports = ports;
        this.parts = parts;
        this.authority = authority;
    }

    /**
     * Where the servers are.
     *
     * @param owner the database as the owner of the schema sees it
     * @param kafka by user, see {@link KafkaUsers}
     */
    record ServerAddresses(DatabaseAddress owner, Map<String, KafkaSettings> kafka, RedisSettings redis) {
        ServerAddresses {
            kafka = Map.copyOf(kafka);
        }

        KafkaSettings kafka(String user) {
            KafkaSettings settings = kafka.get(user);
            if (settings == null) {
                throw new IllegalArgumentException("Kafka has no user " + user);
            }
            return settings;
        }
    }

    /** Starts all of them at once; the database has its schema and the demonstration organisation then. */
    ServerAddresses start(Credentials key) {
        ExecutorService starters = Executors.newFixedThreadPool(3);
        try {
            Future<DatabaseAddress> ownerLater = starters.submit(() -> startDatabase(key));
            Future<Map<String, KafkaSettings>> kafkaLater = starters.submit(this::startKafka);
            Future<RedisSettings> redisLater = starters.submit(this::startRedis);
            // All three are waited for even when one fails: a server that is still starting could not be stopped.
            List<CommandException> failures = new ArrayList<>();
            DatabaseAddress owner = StackParts.join(StackPart.POSTGRES, ownerLater, failures);
            Map<String, KafkaSettings> kafka = StackParts.join(StackPart.KAFKA, kafkaLater, failures);
            RedisSettings redis = StackParts.join(StackPart.REDIS, redisLater, failures);
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
        DatabaseAddress owner = external != null ? external : startPostgres();
        long begin = System.nanoTime();
        Migrations.run(owner.dataSource());
        restrictEverybody(owner);
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

    /** Of another server only its own superuser can. */
    private void restrictEverybody(DatabaseAddress owner) throws SQLException {
        EmbeddedPostgresServer embedded = postgres;
        if (embedded != null && !config.tuning().openServers()) {
            embedded.revokeRightsOfEverybody();
        } else if (embedded == null && EverybodysRights.mayRevoke(owner.dataSource())) {
            EverybodysRights.revoke(owner.dataSource());
        }
    }

    private DatabaseAddress startPostgres() {
        return parts.start(StackPart.POSTGRES, DatabaseAddress::jdbcUrl, () -> {
            var server = EmbeddedPostgresServer.start(
                    config.data().postgres(), programs(config.data()), ports.postgres(), certificate("postgres"));
            parts.keep(StackPart.POSTGRES, server);
            postgres = server;
            server.createDatabase(secrets.password("migrator").value());
            return new DatabaseAddress(server.jdbcUrl(), EmbeddedPostgresServer.owner(), secrets.password("migrator"));
        });
    }

    private Map<String, KafkaSettings> startKafka() {
        KafkaSettings external = config.external().kafka();
        Map<String, KafkaSettings> byUser = new HashMap<>();
        if (external != null) {
            TopicProvisioner.create(external, TopicProvisioner.CLUSTER_DEFAULT);
            KafkaUsers.ALL.forEach(user -> byUser.put(user, external));
            return byUser;
        }
        return parts.start(StackPart.KAFKA, kafka -> StackParts.anyOf(kafka).bootstrapServers(), () -> {
            if (config.tuning().openServers()) {
                var broker = EmbeddedKafkaBroker.start(config.data().kafka(), ports.kafka(), ports.kafkaController());
                parts.keep(StackPart.KAFKA, broker);
                EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
                KafkaUsers.ALL.forEach(user -> byUser.put(user, KafkaSettings.plaintext(broker.bootstrapServers())));
                return byUser;
            }
            Map<String, Secret> passwords = new HashMap<>();
            KafkaUsers.ALL.forEach(user -> passwords.put(user, secrets.kafkaPassword(user)));
            var access =
                    new BrokerAccess(passwords, List.of(KafkaUsers.BROKER, KafkaUsers.OPERATOR), certificate("kafka"));
            var broker =
                    EmbeddedKafkaBroker.start(config.data().kafka(), ports.kafka(), ports.kafkaController(), access);
            parts.keep(StackPart.KAFKA, broker);
            passwords.remove(KafkaUsers.BROKER);
            passwords.keySet().forEach(user -> byUser.put(user, access.client(broker.bootstrapServers(), user)));
            KafkaSettings operator = access.client(broker.bootstrapServers(), KafkaUsers.OPERATOR);
            TopicProvisioner.create(operator, (short) 1);
            KafkaUsers.grant(operator);
            return byUser;
        });
    }

    private RedisSettings startRedis() {
        RedisSettings external = config.external().redis();
        if (external != null) {
            return external;
        }
        return parts.start(StackPart.REDIS, RedisSettings::address, () -> {
            var server = EmbeddedRedisServer.start(
                    config.data().redis(),
                    ports.redis(),
                    new EmbeddedRedisServer.RedisOptions(
                            secrets.redisPassword(),
                            config.redisProgram(),
                            certificate("redis"),
                            config.tuning().openServers()));
            parts.keep(StackPart.REDIS, server);
            return server.settings();
        });
    }

    private @Nullable CertificateFiles certificate(String server) {
        return authority == null ? null : authority.issue(server);
    }
}
