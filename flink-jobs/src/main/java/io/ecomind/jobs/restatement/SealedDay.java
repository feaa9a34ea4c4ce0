package io.ecomind.jobs.restatement;

import java.io.Serializable;
import java.time.LocalDate;

/**
 * A day that is to be restated. Immutable.
 *
 * @param dayEnd first moment of the next day, as PostgreSQL writes it
 * @param version the rating version that it must still have at the end
 */
public record SealedDay(String orgId, LocalDate date, String dayEnd, int version) implements Serializable {}
