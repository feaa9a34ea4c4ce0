package io.ecomind.service;

/** A value that must not be printed. Immutable. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
