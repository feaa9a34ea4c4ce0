package io.ecomind.dev.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.cli.profile.DataDirectory;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExposureTest {
    private static final String HEADER =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void sockets_of_the_processes_are_read_with_their_addresses() throws Exception {
        ProcessHandle self = ProcessHandle.current();
        List<ListeningSocket> sockets = ListeningSocket.parse(
                List.of(
                        HEADER,
                        row("0100007F:1F90", "0A", "1"),
                        row("00000000:0050", "0A", "2"),
                        row("0000000000000000FFFF00000100007F:2378", "0A", "3"),
                        row("00000000000000000000000000000000:2379", "0A", "4"),
                        row("0100007F:1F91", "01", "5"),
                        row("00000000:1F92", "0A", "6")),
                Map.of("1", self, "2", self, "3", self, "4", self, "5", self));

        assertThat(sockets)
                .extracting(socket -> socket.address().getHostAddress() + " " + socket.port() + " " + socket.loopback())
                .containsExactly(
                        "127.0.0.1 8080 true", "0.0.0.0 80 false", "127.0.0.1 9080 true", "0:0:0:0:0:0:0:0 9081 false");
        assertThat(sockets).allSatisfy(socket -> assertThat(socket.pid()).isEqualTo(self.pid()));
    }

    @Test
    void files_that_others_can_reach_are_found_and_those_in_private_folders_are_not() throws Exception {
        Path root = folder("root", "rwxr-x--x");
        Path closed = folder("root/closed", "rwx------");
        file("root/private", "rw-------");
        Path readable = file("root/readable", "rw-r--r--");
        Path writable = file("root/writable", "rw--w----");
        file("root/closed/readable", "rw-rw-rw-");
        Files.createSymbolicLink(root.resolve("link"), closed);

        OpenFile.FilesOfFolder found = OpenFile.below(root);

        assertThat(found.files()).isEqualTo(6);
        assertThat(found.open()).extracting(OpenFile::path).containsExactlyInAnyOrder(root, readable, writable);
        assertThat(OpenFile.below(closed).open()).extracting(OpenFile::mode).containsExactly();
    }

    @Test
    void secrets_are_found_in_logs_and_named_but_not_repeated() throws Exception {
        var data = new DataDirectory(directory.resolve("data"));
        Files.createDirectories(data.run());
        Files.writeString(data.secrets(), "{\"api\": \"0123456789abcdef0123456789abcdef\", \"short\": \"demo\"}");
        Path quiet = Files.writeString(data.root().resolve("quiet.log"), "demo 0123456789abcdef");
        Path loud =
                Files.writeString(data.log(), "x".repeat((1 << 20) - 10) + "0123456789abcdef0123456789abcdef and more");
        var search = new SecretSearch(data);

        assertThat(search.count()).isEqualTo(1);
        assertThat(search.inLogs(data)).containsExactly(loud + ": api");
        assertThat(search.inCommandLines(List.of(ProcessHandle.current()))).isEmpty();
        assertThat(quiet).exists();
    }

    private static String row(String local, String state, String inode) {
        return "   0: " + local + " 00000000:0000 " + state + " 00000000:00000000 00:00000000 00000000     0        0 "
                + inode + " 1 0000000000000000 100 0 0 10 0";
    }

    private Path folder(String name, String mode) throws Exception {
        Path folder = Files.createDirectories(directory.resolve(name));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));
        return folder;
    }

    private Path file(String name, String mode) throws Exception {
        Path file = Files.writeString(directory.resolve(name), "");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        return file;
    }

    @Test
    void an_address_that_is_no_loopback_is_open() throws Exception {
        assertThat(new ListeningSocket(InetAddress.getByName("192.0.2.1"), 1, 1, "x").loopback())
                .isFalse();
        assertThat(new ListeningSocket(InetAddress.getByName("127.0.0.2"), 1, 1, "x").loopback())
                .isTrue();
    }
}
