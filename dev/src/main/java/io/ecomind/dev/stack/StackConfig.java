package io.ecomind.dev.stack;

import io.ecomind.cli.profile.DataDirectory;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * How to start the stack. Immutable.
 *
 * @param portBase wanted HTTP port; the others follow from it, and a free one is taken where it is in use
 * @param zone time zone of the demonstration organisation; null: as it is, and {@link DemoOrganisation#ZONE} when it is new
 * @param plan whose rate limits the demonstration organisation has; null: as it is, and without limits when it is new
 */
public record StackConfig(
        DataDirectory data,
        int portBase,
        ExternalServices external,
        @Nullable ZoneId zone,
        @Nullable String plan) {
    private static final int MAX_PORT_BASE = 65_535 - 2_010;

    /** The demonstration organisation stays as it is. */
    public StackConfig(DataDirectory data, int portBase, ExternalServices external) {
        this(data, portBase, external, null, null);
    }

    public StackConfig {
        if (portBase < 1 || portBase > MAX_PORT_BASE) {
            throw new IllegalArgumentException("the port base must be 1.." + MAX_PORT_BASE + ", was " + portBase);
        }
    }
}
