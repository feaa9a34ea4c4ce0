package io.ecomind.usage;

import java.time.Instant;
import java.time.LocalDate;

/**
 * A day of an organisation. Immutable.
 *
 * @param end the first moment of the next day; days of one time zone have 23, 24 or 25 hours
 */
public record LocalDay(LocalDate date, Instant start, Instant end) {}
