package io.ecomind.cli.replay;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with a line. Immutable.
 *
 * @param number the line, from 1
 * @param code as in the gateway's errors
 * @param field empty when no single field is to blame
 * @param message names field, value and limit
 * @param content the line as it was; null when it could not be read
 */
public record RejectedLine(
        long number,
        String code,
        String field,
        String message,
        @Nullable String content) {}
