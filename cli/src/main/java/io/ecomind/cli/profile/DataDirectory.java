package io.ecomind.cli.profile;

import java.nio.file.Path;

/** Where one embedded stack keeps everything that outlives it. Immutable. */
public record DataDirectory(Path root) {
    /** The path becomes absolute, so that it means the same in a process that runs elsewhere. */
    public DataDirectory {
        root = root.toAbsolutePath().normalize();
    }

    /** State of the running launcher: lock, addresses, credentials, logs. */
    public Path run() {
        return root.resolve("run");
    }

    public Path postgres() {
        return root.resolve("postgres");
    }

    public Path kafka() {
        return root.resolve("kafka");
    }

    public Path redis() {
        return root.resolve("redis");
    }

    public Path flink() {
        return root.resolve("flink");
    }

    public Path lock() {
        return run().resolve("lock");
    }

    public Path launcher() {
        return run().resolve("launcher.json");
    }

    /** What the launcher logs. */
    public Path log() {
        return run().resolve("launcher.log");
    }

    /** What a launcher in the background prints. */
    public Path output() {
        return run().resolve("launcher.out");
    }

    /** Addresses of everything that runs; there while it runs. */
    public Path endpoints() {
        return run().resolve("endpoints.json");
    }

    /** The demonstration organisation and its API key. */
    public Path credentials() {
        return run().resolve("credentials.json");
    }

    public Path secrets() {
        return run().resolve("secrets.json");
    }
}
