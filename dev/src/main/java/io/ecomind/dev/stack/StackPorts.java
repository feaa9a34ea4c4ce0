package io.ecomind.dev.stack;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.testkit.FreePorts;
import java.util.ArrayList;
import java.util.List;

/** The ports of a stack: each at its distance from the HTTP port, or a free one where that is taken. Thread-safe. */
final class StackPorts {
    private final int base;
    private final List<PortChange> changes = new ArrayList<>();

    StackPorts(int base) {
        this.base = base;
    }

    int http() {
        return take("HTTP", 0);
    }

    int grpc() {
        return take("gRPC", 1_000);
    }

    int management() {
        return take("management", 1_001);
    }

    int postgres() {
        return take("PostgreSQL", 2_000);
    }

    int kafka() {
        return take("Kafka", 2_001);
    }

    int kafkaController() {
        return take("Kafka's controller", 2_002);
    }

    int redis() {
        return take("Redis", 2_003);
    }

    /** Writes which ports are others than wanted. */
    synchronized void write(DataDirectory data) {
        PortChange.write(data, changes);
    }

    private synchronized int take(String part, int offset) {
        int wanted = base + offset;
        int used = FreePorts.prefer(wanted);
        if (used != wanted) {
            changes.add(new PortChange(part, wanted, used));
        }
        return used;
    }
}
