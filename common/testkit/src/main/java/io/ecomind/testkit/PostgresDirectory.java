package io.ecomind.testkit;

import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The data of a PostgreSQL that has not started yet: sees to it that from its first moment on it asks everybody for a
 * password. initdb leaves a superuser without one and lets every local user in, so both are set before the server listens.
 */
final class PostgresDirectory {
    private static final int SINGLE_USER_SECONDS = 60;

    private final Path directory;
    private final Path programs;
    private final String password;
    private final boolean passwordSet;

    private PostgresDirectory(Path directory, Path programs, String password, boolean passwordSet) {
        this.directory = directory;
        this.programs = programs;
        this.password = password;
        this.passwordSet = passwordSet;
    }

    /** Prepares the start of a server; data of a start that was killed before it had a password are removed. */
    static PostgresDirectory prepare(Path directory, Path programs) throws IOException {
        PrivateFolders.create(directory);
        Path unfinished = directory.resolve("initialising");
        Path data = directory.resolve("data");
        if (Files.exists(unfinished)) {
            // A process was killed between initdb and the first password: nothing was stored yet.
            PrivateFolders.delete(data);
        }
        Path passwordFile = directory.resolve("superuser.password");
        boolean known = Files.exists(passwordFile);
        if (!known && !Files.exists(data) && !Files.exists(unfinished)) {
            Files.createFile(unfinished);
        }
        return new PostgresDirectory(
                directory, programs, known ? Files.readString(passwordFile) : randomPassword(), known);
    }

    Path data() {
        return directory.resolve("data");
    }

    String superuserPassword() {
        return password;
    }

    /**
     * Sets the superuser's password where it has none, and the rules of who may connect. Called between initdb and the start
     * of the server.
     *
     * @param encryptedOnly whether clients must use TLS
     */
    void secure(boolean encryptedOnly) {
        try {
            // The library lets everybody write to the folder that it unpacks to, and execute the programs.
            PrivateFolders.narrow(programs);
            if (!passwordSet) {
                setPasswordWithoutServer();
            }
            Files.writeString(
                    data().resolve("pg_hba.conf"),
                    (encryptedOnly ? "hostssl" : "host") + " all all 127.0.0.1/32 scram-sha-256\n");
            if (!passwordSet) {
                Path file = directory.resolve("superuser.password");
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(file, password);
            }
            Files.deleteIfExists(directory.resolve("initialising"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In PostgreSQL's single-user mode, which opens no socket. */
    private void setPasswordWithoutServer() throws IOException {
        List<String> command = new ArrayList<>();
        if (LinuxUtils.isUnshareAvailable()) {
            // PostgreSQL does not run as root, so the library starts all of its programs in a user namespace.
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of(postgres().toString(), "--single", "-D", data().toString(), "postgres"));
        Path said = directory.resolve("single-user.log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try (var statements = process.outputWriter(StandardCharsets.US_ASCII)) {
            statements.write("ALTER ROLE postgres PASSWORD '" + password + "'\n");
        }
        try {
            if (!process.waitFor(SINGLE_USER_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(
                        "PostgreSQL did not set the superuser's password in " + SINGLE_USER_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw new IOException("interrupted while the superuser's password was set", e);
        }
        if (process.exitValue() != 0 || Files.readString(said).contains("ERROR:")) {
            throw new IOException("PostgreSQL did not set the superuser's password; see " + said);
        }
        Files.delete(said);
    }

    private Path postgres() throws IOException {
        try (Stream<Path> found = Files.walk(programs, 3)) {
            return found.filter(path -> path.endsWith(Path.of("bin", "postgres")))
                    .findFirst()
                    .orElseThrow(() -> new IOException("there is no bin/postgres below " + programs));
        }
    }

    private static String randomPassword() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
