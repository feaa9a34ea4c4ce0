package io.ecomind.service.http;

import io.ecomind.connect.EnvReader;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where a process answers its operators, and by which names they may call it. Immutable.
 *
 * <p>Pages of a browser can have a name of their own resolve to an address of its machine or network, and so ask ports that
 * are open to nobody else; what they cannot do is send another name than theirs. Hence requests by an address, by localhost
 * and by the names that are listed here are answered, and others are not.
 *
 * @param host what is listened on, by default loopback
 * @param port 0 takes a free one
 * @param names further names of the process, in lower case and without a port
 */
public record ManagementAddress(String host, int port, List<String> names) {
    private static final String LOOPBACK = "127.0.0.1";

    /** No name ends in a number (RFC 3696), so this is an address or nothing. */
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(?:\\.[0-9]{1,3}){3}");

    public ManagementAddress {
        names = List.copyOf(names);
    }

    /** On a free port of this machine. */
    public static ManagementAddress onLoopback() {
        return new ManagementAddress(LOOPBACK, 0, List.of());
    }

    /** Of a process that has a public port, too. */
    public static ManagementAddress fromEnv(EnvReader env, int defaultPort) {
        return fromEnv(env, "ECOMIND_MANAGEMENT_HOST", "ECOMIND_MANAGEMENT_PORT", defaultPort);
    }

    /** Of a process that calls its only port otherwise. */
    public static ManagementAddress fromEnv(EnvReader env, String hostSetting, String portSetting, int defaultPort) {
        return new ManagementAddress(
                env.text(hostSetting, LOOPBACK),
                env.integer(portSetting, defaultPort, 0, 65_535),
                env.hostNames("ECOMIND_MANAGEMENT_NAMES"));
    }

    /** Whether a request may name the process so. */
    boolean isCalled(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("localhost")
                || lower.startsWith("[")
                || IPV4.matcher(lower).matches()
                || lower.equals(host.toLowerCase(Locale.ROOT))
                || names.contains(lower);
    }
}
