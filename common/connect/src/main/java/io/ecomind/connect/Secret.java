package io.ecomind.connect;

import java.io.Serializable;

/** A value that must not be printed. Immutable. */
public record Secret(String value) implements Serializable {
    @Override
    public String toString() {
        return "***";
    }
}
