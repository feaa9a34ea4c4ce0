package io.ecomind.footprint;

/** Where a figure comes from and under which terms. Immutable. */
public record Citation(String source, String licence) {
    public Citation {
        if (source.isBlank()) {
            throw new IllegalArgumentException("source must not be empty");
        }
        if (licence.isBlank()) {
            throw new IllegalArgumentException("licence must not be empty");
        }
    }
}
