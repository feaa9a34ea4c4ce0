package io.ecomind.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Finds loopback ports that nobody listens on. Stateless. */
public final class FreePorts {
    private FreePorts() {}

    /** Several different ports, reserved together so that none is handed out twice. */
    public static int[] find(int count) {
        // Holding one while the others are looked for is what keeps them different.
        try (ServerSocket held = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int[] ports = new int[count];
            if (count > 1) {
                System.arraycopy(find(count - 1), 0, ports, 0, count - 1);
            }
            ports[count - 1] = held.getLocalPort();
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException("no free loopback port", e);
        }
    }

    /** The wanted port if it is free, otherwise another. */
    public static int prefer(int wanted) {
        try (ServerSocket socket = new ServerSocket(wanted, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException taken) {
            return find(1)[0];
        }
    }
}
