package io.ecomind.cli.profile;

import org.jspecify.annotations.Nullable;

/** Something that the person at the terminal can act on; the message is shown without a stack trace. */
public final class StackException extends RuntimeException {
    public StackException(String message) {
        this(message, null);
    }

    public StackException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
