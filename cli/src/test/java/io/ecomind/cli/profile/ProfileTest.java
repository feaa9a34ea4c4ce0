package io.ecomind.cli.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where addresses come from, and what is said when one comes from nowhere. */
class ProfileTest {
    private static final String FILE = """
            {
              "gateway": {"http": "http://file.example/"},
              "kafka": {"bootstrap": "file:9092"},
              "postgres": {
                "pipeline": "postgresql://ecomind_pipeline:of-file@file.example:5432/eco",
                "worker": "postgresql://file.example/eco"
              }
            }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(directory.resolve("profile.json"), FILE);
    }

    @Test
    void a_file_alone_gives_all_that_it_names() throws IOException {
        Files.writeString(
                directory.resolve("credentials.json"),
                "{\"org_id\": \"acme\", \"api_key\": \"key\", \"import_key\": \"key for imports\"}");
        Profile profile = load(flags(file), Map.of());

        assertThat(profile.http()).isEqualTo("http://file.example");
        assertThat(profile.kafkaBootstrapServers()).isEqualTo("file:9092");
        DatabaseAddress pipeline = profile.database("pipeline");
        assertThat(pipeline.jdbcUrl()).isEqualTo("jdbc:postgresql://file.example:5432/eco");
        assertThat(pipeline.user()).isEqualTo("ecomind_pipeline");
        assertThat(pipeline.password().value()).isEqualTo("of-file");
        assertThat(profile.sender(false).orgId()).isEqualTo("acme");
        assertThat(profile.sender(false).key().value()).isEqualTo("key");
        assertThat(profile.sender(true).key().value()).isEqualTo("key for imports");
    }

    @Test
    void the_environment_goes_before_the_file_and_options_before_both() throws IOException {
        Map<String, String> environment = Map.of(
                "ECOMIND_HTTP_URL", "http://env.example",
                "ECOMIND_KAFKA_BOOTSTRAP_SERVERS", "env:9092",
                "ECOMIND_DATABASE_URL", "jdbc:postgresql://env.example/eco",
                "ECOMIND_DATABASE_PASSWORD", "of-env",
                "ECOMIND_API_KEY", "key of env");
        Profile byEnvironment = load(flags(file), environment);

        assertThat(byEnvironment.http()).isEqualTo("http://env.example");
        assertThat(byEnvironment.kafkaBootstrapServers()).isEqualTo("env:9092");
        assertThat(byEnvironment.database("pipeline").toUrl())
                .isEqualTo("postgresql://ecomind_pipeline:of-env@env.example/eco");
        assertThat(byEnvironment.database("worker").user()).isEqualTo("ecomind_worker");
        assertThat(byEnvironment.sender(true).key().value()).isEqualTo("key of env");
        assertThat(byEnvironment.sender(true).orgId()).isNull();

        Path password = Files.writeString(directory.resolve("password"), "of-flag\n");
        Path key = Files.writeString(directory.resolve("key"), "key of flag\n");
        Profile byOptions = load(
                new ProfileFlags(
                        file,
                        null,
                        "postgresql://flag.example/eco",
                        "reader",
                        password,
                        "flag:9092",
                        "https://flag.example/base/",
                        key),
                environment);
        assertThat(byOptions.http()).isEqualTo("https://flag.example/base");
        assertThat(byOptions.kafkaBootstrapServers()).isEqualTo("flag:9092");
        assertThat(byOptions.database("pipeline").toUrl()).isEqualTo("postgresql://reader:of-flag@flag.example/eco");
        assertThat(byOptions.sender(false).key().value()).isEqualTo("key of flag");
    }

    @Test
    void the_environment_gives_the_password_that_a_file_leaves_out() {
        Profile profile = load(flags(file), Map.of("ECOMIND_DATABASE_PASSWORD", "of-env"));

        assertThat(profile.database("worker").password().value()).isEqualTo("of-env");
        assertThat(profile.database("pipeline").password().value()).isEqualTo("of-file");
    }

    @Test
    void the_owners_login_in_the_environment_is_no_login_for_other_roles() {
        Profile profile =
                load(flags(file), Map.of("ECOMIND_DATABASE_URL", "postgresql://owner:secret@env.example/eco"));

        assertThat(profile.database("pipeline").user()).isEqualTo("ecomind_pipeline");
        assertThat(profile.database("migrator").toUrl()).isEqualTo("postgresql://owner:secret@env.example/eco");
    }

    @Test
    void a_command_works_when_what_it_does_not_need_is_unknown() {
        Profile profile =
                load(new ProfileFlags(null, null, null, null, null, null, "http://only.example", null), Map.of());

        assertThat(profile.http()).isEqualTo("http://only.example");
        assertThat(profile.findDatabase("worker")).isEmpty();
        assertThatThrownBy(profile::kafkaBootstrapServers)
                .hasMessageContainingAll(
                        "--kafka HOST:PORT",
                        "ECOMIND_KAFKA_BOOTSTRAP_SERVERS",
                        "kafka.bootstrap",
                        "--profile FILE",
                        "ECOMIND_PROFILE",
                        "./ecomind up");
        assertThatThrownBy(() -> profile.database("pipeline"))
                .hasMessageContainingAll("--database-url URL", "ECOMIND_DATABASE_URL", "postgres.pipeline");
        assertThatThrownBy(() -> profile.sender(true))
                .hasMessageContainingAll("--api-key-file FILE", "ECOMIND_API_KEY", "credentials.import_key");
    }

    @Test
    void the_environment_may_name_the_file_and_an_embedded_stack_is_one_more_profile() throws IOException {
        assertThat(load(ProfileFlags.NONE, Map.of("ECOMIND_PROFILE", file.toString()))
                        .kafkaBootstrapServers())
                .isEqualTo("file:9092");
        Path run = Files.createDirectories(directory.resolve("data").resolve("run"));
        Files.writeString(run.resolve("endpoints.json"), FILE.replace("file:9092", "stack:9092"));
        Profile ofData = load(
                new ProfileFlags(null, directory.resolve("data"), null, null, null, null, null, null),
                Map.of("ECOMIND_PROFILE", file.toString()));
        assertThat(ofData.kafkaBootstrapServers()).isEqualTo("stack:9092");
    }

    @Test
    void what_is_wrong_with_a_profile_is_said_in_one_line_as_wrong_usage() throws IOException {
        wrong(flags(directory.resolve("none.json")), "--profile: there is no file");
        wrong(flags(directory), "is a directory, not a file");
        wrong(new ProfileFlags(file, directory, null, null, null, null, null, null), "exclude each other");
        wrong(new ProfileFlags(null, file, null, null, null, null, null, null), "is a file, not a directory");
        Path broken = Files.writeString(directory.resolve("broken.json"), "{\n  \"kafka\": {,}\n}");
        wrong(flags(broken), "is not JSON: line 2, column 13: ");
        Profile password =
                load(new ProfileFlags(null, null, "postgresql://u:secret@h/d", null, null, null, null, null), Map.of());
        assertThatThrownBy(() -> password.database("pipeline"))
                .hasMessageContaining("must not have a password")
                .message()
                .doesNotContain("secret");
        Profile http = load(new ProfileFlags(null, null, null, null, null, null, "gateway:8080", null), Map.of());
        assertThatThrownBy(http::http).hasMessageContaining("was gateway:8080");
    }

    @Test
    void settings_of_a_connection_go_with_its_address() throws Exception {
        Path file = Files.writeString(directory.resolve("tls.json"), """
                {"gateway": {"http": "https://file.example", "ca": "/etc/ca.pem"},
                 "kafka": {"bootstrap": "file:9092", "settings": {"security.protocol": "SSL", "ssl.truststore.type": "PEM"}}}
                """);
        Path other = Files.writeString(directory.resolve("other.properties"), "security.protocol=SASL_SSL\n");
        Path tls = Files.writeString(directory.resolve("db.properties"), "sslmode=verify-full\npassword=by-file\n");
        Map<String, String> environment =
                Map.of("ECOMIND_KAFKA_CONFIG", other.toString(), "ECOMIND_DATABASE_CONFIG", tls.toString());

        Profile ofFile = load(flags(file), environment);
        assertThat(ofFile.kafka().protocol()).isEqualTo("SSL");
        assertThat(ofFile.httpAddress()).isEqualTo(new HttpAddress("https://file.example", Path.of("/etc/ca.pem")));

        Profile ofOptions = load(
                new ProfileFlags(file, null, "postgresql://h/d", null, null, "flag:9092", "https://flag.example", null),
                environment);
        assertThat(ofOptions.kafka().protocol()).isEqualTo("SASL_SSL");
        assertThat(ofOptions.kafkaBootstrapServers()).isEqualTo("flag:9092");
        assertThat(ofOptions.httpAddress().certificateAuthority()).isNull();
        DatabaseAddress database = ofOptions.database("pipeline");
        assertThat(database.jdbcUrl()).isEqualTo("jdbc:postgresql://h/d?sslmode=verify-full");
        assertThat(database.password().value()).isEqualTo("by-file");
    }

    private void wrong(ProfileFlags flags, String message) {
        assertThatThrownBy(() -> load(flags, Map.of()))
                .isInstanceOfSatisfying(
                        CommandException.class,
                        wrong -> assertThat(wrong.isWrongUsage()).isTrue())
                .hasMessageContaining(message)
                .message()
                .doesNotContain("REDACTED", "StreamReadFeature", "\n");
    }

    private Profile load(ProfileFlags flags, Map<String, String> environment) {
        return Profile.load(flags, environment, new DataDirectory(directory.resolve("nothing-here")));
    }

    private static ProfileFlags flags(Path file) {
        return new ProfileFlags(file, null, null, null, null, null, null, null);
    }
}
