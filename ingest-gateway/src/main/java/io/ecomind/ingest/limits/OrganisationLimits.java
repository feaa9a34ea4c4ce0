package io.ecomind.ingest.limits;

import io.ecomind.usage.OrganisationCalendar;

/**
 * What the gateway has to know of an organisation beside its key. Immutable.
 *
 * @param calendar its days
 * @param rejectionsPerMinute how many rejections are kept; likewise a day
 * @param usersPerDay different users of one of its days; likewise models and projects
 */
public record OrganisationLimits(
        OrganisationCalendar calendar,
        long rejectionsPerMinute,
        long rejectionsPerDay,
        long usersPerDay,
        long modelsPerDay,
        long projectsPerDay) {}
