package io.ecomind.dev.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Credentials;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.RunningLauncher;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.Secret;
import io.ecomind.dev.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DsnTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void both_forms_of_a_url_are_read() {
        var expected = new DatabaseAddress(
                "jdbc:postgresql://db.example:5433/eco?sslmode=require", "me", new Secret("p@ss/w+rd"));
        assertThat(DatabaseAddress.parse("postgresql://me:p%40ss%2Fw+rd@db.example:5433/eco?sslmode=require"))
                .isEqualTo(expected);
        assertThat(DatabaseAddress.parse(
                        "jdbc:postgresql://db.example:5433/eco?user=me&sslmode=require&password=p%40ss%2Fw%2Brd"))
                .isEqualTo(expected);
        assertThat(DatabaseAddress.parse(expected.toUrl())).isEqualTo(expected);
    }

    @Test
    void what_is_no_url_is_refused_without_repeating_it() {
        assertThatThrownBy(() -> DatabaseAddress.parse("mysql://u:secret@h/d"))
                .isInstanceOf(CommandException.class)
                .message()
                .doesNotContain("secret");
        assertThatThrownBy(() -> DatabaseAddress.parse("postgresql://h/d"))
                .hasMessage("the database URL names no user");
    }

    @Test
    void outside_services_come_from_the_environment() {
        assertThat(ExternalServices.fromEnv(Map.of("ECOMIND_REDIS_URL", " ", "OTHER", "x")))
                .isEqualTo(ExternalServices.NONE);
        assertThat(ExternalServices.fromEnv(Map.of("ECOMIND_KAFKA_BOOTSTRAP_SERVERS", "k:9092"))
                        .kafka())
                .isEqualTo(KafkaSettings.plaintext("k:9092"));
    }

    @Test
    void secrets_and_credentials_stay_the_same_and_private() throws Exception {
        var data = new DataDirectory(directory);
        assertThat(StackSecrets.loadOrCreate(data.secrets())).isEqualTo(StackSecrets.loadOrCreate(data.secrets()));
        var peppers = StackSecrets.loadOrCreate(data.secrets()).peppers();
        assertThat(Credentials.loadOrCreate(data, peppers)).isEqualTo(Credentials.loadOrCreate(data, peppers));
        assertThat(Credentials.loadOrCreate(data, peppers).apiKey().value()).startsWith("eco_local_");
        for (Path file : new Path[] {data.secrets(), data.credentials()}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void a_second_launcher_on_the_same_directory_is_turned_away() {
        var data = new DataDirectory(directory);
        try (LauncherLock first = LauncherLock.take(data)) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> LauncherLock.take(data))
                    .hasMessageContaining("a stack already runs on " + directory);
        }
        LauncherLock.take(data).close();
    }

    @Test
    void a_folder_that_cannot_hold_data_is_named_with_the_reason() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThat(DataFolder.unusableReason(
                        new DataDirectory(directory.resolve("new").resolve("deeper"))))
                .isNull();
        assertThat(DataFolder.unusableReason(new DataDirectory(directory.resolve("a\"b"))))
                .endsWith("the path must not contain a double quote");
        assertThat(DataFolder.unusableReason(new DataDirectory(file))).endsWith("file is not a directory");
        assertThat(DataFolder.unusableReason(new DataDirectory(file.resolve("below"))))
                .endsWith(file + " is not a directory");
    }

    @Test
    void up_on_a_file_ends_with_one_line_and_exit_code_2() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        for (String command : List.of("up", "demo")) {
            var err = new StringWriter();
            int code =
                    Main.commandLine().setErr(new PrintWriter(err, true)).execute(command, "--data", file.toString());
            assertThat(code).isEqualTo(2);
            assertThat(err.toString().lines())
                    .containsExactly("ecomind: --data: " + file + " is a file, not a directory");
        }
    }

    @Test
    void hints_name_the_data_unless_it_is_where_commands_look() {
        assertThat(DataFolder.option(new DataDirectory(Path.of("/srv/a b")))).isEqualTo(" --data '/srv/a b'");
        assertThat(DataFolder.option(
                        new DataDirectory(Path.of(System.getProperty("ecomind.home", "."), ".ecomind", "data"))))
                .isEmpty();
    }

    @Test
    void port_changes_are_kept_for_status() {
        var data = new DataDirectory(directory);
        assertThat(PortChange.read(data)).isEmpty();
        List<PortChange> changes = List.of(new PortChange("HTTP", 8080, 41_234));
        PortChange.write(data, changes);
        assertThat(PortChange.read(data)).isEqualTo(changes);
        assertThat(changes.get(0).message())
                .isEqualTo("port 8080 is in use by another program: HTTP is on port 41234 instead");
    }

    @Test
    void temporary_files_of_killed_processes_are_listed_and_removed() throws Exception {
        var data = new DataDirectory(directory);
        Path launcher = Files.createDirectories(Scratch.folder(data).resolve("launcher"));
        Path running = Files.createDirectories(
                Scratch.folder(data).resolve("client-" + ProcessHandle.current().pid()));
        Files.writeString(launcher.resolve("library.so"), "");

        assertThat(Leftovers.list(data)).containsExactly("temporary files in " + launcher);
        Scratch.clean(data);
        assertThat(launcher).doesNotExist();
        assertThat(running).exists();
        assertThat(Leftovers.list(data)).isEmpty();
        Scratch.renew(data);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(launcher)))
                .isEqualTo("rwx------");
    }

    @Test
    void a_pid_that_belongs_to_another_program_is_not_taken_for_the_launcher() {
        var data = new DataDirectory(directory);
        RunningLauncher.register(data);
        // This process runs tests, not the launcher.
        assertThat(RunningLauncher.running(data)).isEmpty();
    }
}
