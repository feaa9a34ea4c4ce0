package io.ecomind.cli.profile;

import org.jspecify.annotations.Nullable;

/** Something that the person at the terminal can act on; the message is shown without a stack trace. */
public final class CommandException extends RuntimeException {
    private final boolean wrongUsage;

    public CommandException(String message) {
        this(message, null);
    }

    public CommandException(String message, @Nullable Throwable cause) {
        this(message, cause, false);
    }

    private CommandException(String message, @Nullable Throwable cause, boolean wrongUsage) {
        super(message, cause);
        this.wrongUsage = wrongUsage;
    }

    /** The command line, or a file or variable that it relies on, is wrong. The command ends with the code for that. */
    public static CommandException wrongUsage(String message) {
        return new CommandException(message, null, true);
    }

    public boolean isWrongUsage() {
        return wrongUsage;
    }
}
