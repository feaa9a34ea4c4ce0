package io.ecomind.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds loopback ports that nobody listens on. Stateless.
 *
 * <p>They lie below those that Linux gives to outgoing connections (from 32768 on by default): until the server listens,
 * any connection could otherwise be given its port, even the one that a client opens to that very port to see whether
 * the server is there, which then is connected to itself.
 */
public final class FreePorts {
    private static final int FIRST = 15_000;
    private static final int END = 32_768;
    private static final int TRIES = 1_000;

    private FreePorts() {}

    /** Several different ports. */
    public static int[] find(int count) {
        var found = new LinkedHashSet<Integer>();
        for (int tried = 0; found.size() < count; tried++) {
            if (tried == TRIES) {
                throw new IllegalStateException(
                        "no free loopback port from " + FIRST + " to " + (END - 1) + " in " + TRIES + " tries");
            }
            // A random one, since several processes may look at the same time.
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            if (isFree(port)) {
                found.add(port);
            }
        }
        return found.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The wanted port if it is free, otherwise another. */
    public static int prefer(int wanted) {
        return isFree(wanted) ? wanted : find(1)[0];
    }

    private static boolean isFree(int port) {
        try (var ignored = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
