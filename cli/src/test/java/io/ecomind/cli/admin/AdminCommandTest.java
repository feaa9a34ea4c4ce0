package io.ecomind.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.cli.CommandLineRun;
import io.ecomind.cli.ExitCode;
import io.ecomind.connect.Secret;
import io.ecomind.contracts.Topic;
import io.ecomind.store.DatabaseRoles;
import io.ecomind.store.EverybodysRights;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.EmbeddedPostgresServer;
import io.ecomind.testkit.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An installation is set up from nothing, and what is set up is recognised. */
@Tag("integration")
class AdminCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void schema_and_roles_come_from_nothing_and_the_second_time_there_is_nothing_to_do() throws Exception {
        int port = FreePorts.find(1)[0];
        try (var postgres = EmbeddedPostgresServer.start(directory.resolve("postgres"), port)) {
            postgres.createDatabase("of-the-owner");
            Path ownerPassword = Files.writeString(directory.resolve("owner"), "of-the-owner\n");
            String[] database = {
                "--database-url",
                "postgresql://127.0.0.1:" + port + "/ecomind",
                "--database-password-file",
                ownerPassword.toString()
            };
            Path passwords = Files.writeString(
                    directory.resolve("passwords.json"),
                    "{\"gateway\": \"g'1\", \"api\": \"a\", \"worker\": \"w\", \"pipeline\": \"p\", \"dispatcher\": \"d\"}");

            CommandLineRun missing = run(database, "admin", "migrate", "--check");
            assertThat(missing.code()).as(missing.output()).isEqualTo(ExitCode.FAILED);
            assertThat(missing.output()).contains("would apply V1__roles_and_partitions.sql");
            CommandLineRun early = run(database, "admin", "roles", "--passwords", passwords.toString(), "--check");
            assertThat(early.code()).as(early.output()).isEqualTo(ExitCode.FAILED);
            assertThat(early.output()).contains("ecomind_gateway does not exist");

            assertThat(run(database, "admin", "migrate").code()).isZero();
            CommandLineRun again = run(database, "admin", "migrate");
            assertThat(again.code()).isZero();
            assertThat(again.output()).contains("nothing to do");
            assertThat(run(database, "admin", "migrate", "--check").code()).isZero();

            CommandLineRun differ = run(database, "admin", "roles", "--passwords", passwords.toString(), "--check");
            assertThat(differ.code()).isEqualTo(ExitCode.FAILED);
            assertThat(differ.output()).contains("ecomind_gateway may not log in", "ecomind_dispatcher may not log in");
            assertThat(run(database, "admin", "roles", "--passwords", passwords.toString())
                            .code())
                    .isZero();
            try (Connection gateway =
                    postgres.dataSource("ecomind_gateway", "g'1").getConnection()) {
                assertThat(gateway.isValid(5)).isTrue();
            }
            CommandLineRun known = run(database, "admin", "roles", "--passwords", passwords.toString(), "--check");
            assertThat(known.code()).as(known.output()).isZero();
            assertThat(known.output()).contains("every role may make large objects");
            postgres.revokeRightsOfEverybody();
            assertThat(run(database, "admin", "roles", "--passwords", passwords.toString(), "--check")
                            .output())
                    .doesNotContain("large objects");
            assertThat(run(new String[0], "admin", "roles", "--superuser-sql").output())
                    .isEqualTo(EverybodysRights.script());

            Path others = Files.writeString(directory.resolve("others.json"), "{\"api\": \"another\"}");
            CommandLineRun wrong =
                    run(database, "admin", "roles", "--passwords", others.toString(), "--role", "api", "--check");
            assertThat(wrong.code()).isEqualTo(ExitCode.FAILED);
            assertThat(wrong.output()).contains("ecomind_api has another password");
            assertThat(run(database, "admin", "roles", "--passwords", others.toString(), "--role", "api")
                            .code())
                    .isZero();
            noPasswordIsStoredReadably(postgres);
        }
    }

    private static void noPasswordIsStoredReadably(EmbeddedPostgresServer postgres) throws Exception {
        var owner = postgres.dataSource(EmbeddedPostgresServer.owner(), "of-the-owner");
        try (Connection connection = owner.getConnection();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery("SHOW password_encryption")) {
            rows.next();
            assertThat(rows.getString(1)).isEqualTo("scram-sha-256");
        }
        assertThat(DatabaseRoles.difference(
                        owner,
                        (role, password) ->
                                postgres.dataSource(role, password.value()).getConnection(),
                        "ecomind_worker",
                        new Secret("w")))
                .isEmpty();
    }

    @Test
    void topics_come_from_nothing_and_what_differs_is_set_or_named() throws Exception {
        int[] ports = FreePorts.find(2);
        try (var broker = EmbeddedKafkaBroker.start(directory.resolve("kafka"), ports[0], ports[1]);
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            String[] kafka = {"--kafka", broker.bootstrapServers()};
            CommandLineRun tooMany = run(kafka, "admin", "topics");
            assertThat(tooMany.code()).isEqualTo(ExitCode.FAILED);
            assertThat(tooMany.output()).contains("replication");
            assertThat(admin.listTopics().names().get()).isEmpty();

            CommandLineRun missing = run(kafka, "admin", "topics", "--replication", "1", "--check");
            assertThat(missing.code()).isEqualTo(ExitCode.FAILED);
            assertThat(missing.output()).contains("events.raw does not exist", "nothing was changed");
            assertThat(admin.listTopics().names().get()).isEmpty();

            admin.createTopics(List.of(new NewTopic(Topic.EVENTS_REJECTED.topicName(), 3, (short) 1)))
                    .all()
                    .get();
            CommandLineRun partly = run(kafka, "admin", "topics", "--replication", "1");
            assertThat(partly.code()).isEqualTo(ExitCode.FAILED);
            assertThat(partly.output())
                    .contains("events.rejected has 3 partitions instead of 12; this has to be changed by hand")
                    .contains("events.rejected has retention.ms=")
                    .contains("1 difference left");
            admin.deleteTopics(List.of(Topic.EVENTS_REJECTED.topicName())).all().get();

            assertThat(run(kafka, "admin", "topics", "--replication", "1").code())
                    .isZero();
            assertThat(run(kafka, "admin", "topics", "--replication", "1", "--check")
                            .code())
                    .isZero();

            var raw = new ConfigResource(ConfigResource.Type.TOPIC, Topic.EVENTS_RAW.topicName());
            Map<ConfigResource, Collection<AlterConfigOp>> shorter = Map.of(
                    raw, List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "1000"), AlterConfigOp.OpType.SET)));
            admin.incrementalAlterConfigs(shorter).all().get();
            CommandLineRun changed = run(kafka, "admin", "topics", "--replication", "1", "--check");
            assertThat(changed.code()).isEqualTo(ExitCode.FAILED);
            assertThat(changed.output()).contains("events.raw has retention.ms=1000 instead of 3024000000");
            assertThat(run(kafka, "admin", "topics", "--replication", "1").output())
                    .contains("5 topics are as they should be now");

            CommandLineRun fewer = run(kafka, "admin", "topics", "--replication", "2", "--check");
            assertThat(fewer.output())
                    .contains("events.raw has 1 replicas instead of 2; this has to be changed by hand");
        }
    }

    @Test
    void bad_values_are_wrong_usage() throws Exception {
        String[] none = {};
        assertThat(run(none, "admin", "topics", "--replication", "0").code()).isEqualTo(ExitCode.USAGE);
        assertThat(run(none, "admin", "topics", "--replication", "1", "--min-in-sync", "2")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        CommandLineRun role = run(none, "admin", "roles", "--role", "superuser");
        assertThat(role.code()).isEqualTo(ExitCode.USAGE);
        assertThat(role.output()).contains("there is no role superuser");
        Path some = Files.writeString(directory.resolve("some.json"), "{\"api\": \"a\"}");
        CommandLineRun missing = run(none, "admin", "roles", "--passwords", some.toString());
        assertThat(missing.code()).isEqualTo(ExitCode.USAGE);
        assertThat(missing.output()).contains("gateway (ECOMIND_GATEWAY_PASSWORD)");
    }

    private static CommandLineRun run(String[] addresses, String... command) {
        return CommandLineRun.of(
                Stream.concat(Arrays.stream(command), Arrays.stream(addresses)).toArray(String[]::new));
    }
}
