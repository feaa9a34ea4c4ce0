package io.ecomind.dev.stack;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.connect.EnvReader;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How to start the stack. Immutable.
 *
 * @param portBase wanted HTTP port; the others follow from it, and a free one is taken where it is in use
 * @param zone time zone of the demonstration organisation; null: as it is, and {@link DemoOrganisation#ZONE} when it is new
 * @param corsOrigins origins of web pages that may send events
 * @param plan whose rate limits the demonstration organisation has; null: as it is, and without limits when it is new
 */
public record StackConfig(
        DataDirectory data,
        int portBase,
        ExternalServices external,
        List<String> corsOrigins,
        @Nullable ZoneId zone,
        @Nullable String plan) {
    private static final int MAX_PORT_BASE = 65_535 - 2_010;

    /** The demonstration organisation stays as it is. */
    public StackConfig(DataDirectory data, int portBase, ExternalServices external) {
        this(data, portBase, external, List.of(), null, null);
    }

    /**
     * Reads from the environment which services run already, and which web pages may send events.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    public static StackConfig fromEnv(
            DataDirectory data, int portBase, @Nullable ZoneId zone, @Nullable String plan, Map<String, String> env) {
        var reader = new EnvReader(env);
        List<String> origins = reader.origins("ECOMIND_CORS_ORIGINS");
        try {
            reader.check();
        } catch (IllegalStateException wrong) {
            throw new IllegalArgumentException(wrong.getMessage(), wrong);
        }
        return new StackConfig(data, portBase, ExternalServices.fromEnv(env), origins, zone, plan);
    }

    public StackConfig {
        corsOrigins = List.copyOf(corsOrigins);
        if (portBase < 1 || portBase > MAX_PORT_BASE) {
            throw new IllegalArgumentException("the port base must be 1.." + MAX_PORT_BASE + ", was " + portBase);
        }
    }
}
