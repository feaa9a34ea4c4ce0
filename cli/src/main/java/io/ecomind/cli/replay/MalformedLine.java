package io.ecomind.cli.replay;

/** A line that cannot be turned into an event; it is reported and skipped. */
final class MalformedLine extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedLine(String message) {
        super(message, null, false, false);
    }
}
