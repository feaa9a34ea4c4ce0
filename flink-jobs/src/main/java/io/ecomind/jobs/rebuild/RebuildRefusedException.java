package io.ecomind.jobs.rebuild;

/** The rebuild would make the tables wrong, so nothing was written; the message says what to do first. */
public final class RebuildRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RebuildRefusedException(String message) {
        super(message);
    }
}
