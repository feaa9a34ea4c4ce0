package io.ecomind.connect;

/** A value that must not be printed. Immutable. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
