package io.ecomind.cli.replay;

import org.jspecify.annotations.Nullable;

/**
 * One line of a stream. Immutable.
 *
 * @param number from 1, blank lines counted
 * @param text without its end; null when it could not be read
 * @param fault why it could not be read, otherwise null
 */
record InputLine(
        long number, @Nullable String text, @Nullable LineFault fault) {
    enum LineFault {
        TOO_LONG,
        NOT_UTF8
    }
}
