package io.ecomind.usage;

import io.ecomind.contracts.ErrorCode;

/**
 * A rule that a usage event does not keep. Immutable.
 *
 * @param field the field to blame
 * @param message names field, value and limit
 */
public record Violation(ErrorCode code, UsageField field, String message) {}
