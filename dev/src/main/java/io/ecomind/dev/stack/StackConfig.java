package io.ecomind.dev.stack;

import io.ecomind.cli.profile.DataDirectory;

/**
 * How to start the stack. Immutable.
 *
 * @param portBase wanted HTTP port; the others follow from it, and a free one is taken where it is in use
 */
public record StackConfig(DataDirectory data, int portBase, ExternalServices external) {
    private static final int MAX_PORT_BASE = 65_535 - 2_010;

    public StackConfig {
        if (portBase < 1 || portBase > MAX_PORT_BASE) {
            throw new IllegalArgumentException("the port base must be 1.." + MAX_PORT_BASE + ", was " + portBase);
        }
    }
}
