package io.ecomind.ingest.limits;

import io.ecomind.service.auth.MachineKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** Holds organisations to the limits of their plan: events a minute, and events of one of the organisation's days. Thread-safe. */
public final class RateLimiter {
    private final Quotas quotas;
    private final OrganisationLimitsCache organisations;
    private final Clock clock;

    public RateLimiter(Quotas quotas, OrganisationLimitsCache organisations, Clock clock) {
        this.quotas = quotas;
        this.organisations = organisations;
        this.clock = clock;
    }

    /**
     * Takes n events from what the plan allows, or none.
     *
     * @return null when the plan has no limit
     */
    public @Nullable RateLimitDecision consume(MachineKey caller, int n) {
        Long perMinute = caller.eventsPerMinute();
        Long perDay = caller.eventsPerDay();
        if (perMinute == null && perDay == null) {
            return null;
        }
        Instant now = clock.instant();
        Quota quota =
                quota(caller.orgId(), "events", perMinute == null ? 0 : perMinute, perDay == null ? 0 : perDay, now);
        Quotas.PlacedDraw placed = quotas.draw(quota, n, false);
        return decision(placed, n, now);
    }

    /**
     * How many of so many rejections of an organisation are kept.
     *
     * @return at most {@code wanted}
     */
    public long keepRejections(String orgId, long wanted) {
        OrganisationLimits limits = organisations.of(orgId);
        Quota quota =
                quota(orgId, "rejections", limits.rejectionsPerMinute(), limits.rejectionsPerDay(), clock.instant());
        return quotas.draw(quota, wanted, true).draw().taken();
    }

    /** The organisation's day. */
    public LocalDate dateOf(String orgId, Instant moment) {
        return organisations.of(orgId).calendar().dateOf(moment);
    }

    private Quota quota(String orgId, String name, long perMinute, long perDay, Instant now) {
        var calendar = organisations.of(orgId).calendar();
        LocalDate date = calendar.dateOf(now);
        return new Quota(orgId, name, perMinute, perDay, date, calendar.startOf(date.plusDays(1)));
    }

    private RateLimitDecision decision(Quotas.PlacedDraw placed, int n, Instant now) {
        QuotaDraw draw = placed.draw();
        boolean allowed = draw.taken() == n;
        // The limit that has less left; when the request was refused, one that had too little.
        boolean byDay = draw.dayLeft() < (allowed ? draw.minuteLeft() : n);
        long untilDayEnd = Math.max(
                1, seconds(Duration.between(now, placed.quota().dayEnd()).toMillis()));
        return new RateLimitDecision(
                allowed,
                byDay ? RateLimitDecision.Period.DAY : RateLimitDecision.Period.MINUTE,
                byDay ? placed.quota().perDay() : placed.quota().perMinute(),
                byDay ? draw.dayLeft() : draw.minuteLeft(),
                byDay ? untilDayEnd : seconds(draw.fullMillis()),
                allowed ? 0 : byDay ? untilDayEnd : Math.max(1, seconds(draw.waitMillis())),
                placed.isShare() ? quotas.replicas() : 0);
    }

    /** Rounded up. */
    private static long seconds(long millis) {
        return Math.max(0, (millis + 999) / 1000);
    }
}
