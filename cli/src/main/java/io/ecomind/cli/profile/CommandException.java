package io.ecomind.cli.profile;

import org.jspecify.annotations.Nullable;

/** Something that the person at the terminal can act on; the message is shown without a stack trace. */
public final class CommandException extends RuntimeException {
    public CommandException(String message) {
        this(message, null);
    }

    public CommandException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
