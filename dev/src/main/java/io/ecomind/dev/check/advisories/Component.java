package io.ecomind.dev.check.advisories;

/**
 * A component that is shipped. Immutable.
 *
 * @param name {@code group:artifact}
 */
record Component(String name, String version) {
    @Override
    public String toString() {
        return name + ":" + version;
    }
}
