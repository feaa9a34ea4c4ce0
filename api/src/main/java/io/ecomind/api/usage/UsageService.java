package io.ecomind.api.usage;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.http.RequestedDays;
import io.ecomind.api.tenant.Completeness;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.usage.OrganisationCalendar;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an organisation used: its current day, and totals by day and group. Thread-safe. */
public final class UsageService {
    /** Rows in one answer. */
    static final int MAX_ROWS = 100_000;

    private final TenantTransactions tenants;
    private final Clock clock;

    public UsageService(TenantTransactions tenants, Clock clock) {
        this.tenants = tenants;
        this.clock = clock;
    }

    /**
     * The organisation's current local day.
     *
     * @param asked null for everybody whom the sender may see
     * @throws AppException KEY_NOT_BOUND_TO when the sender is bound to somebody else
     */
    TodayUsage today(TenantContext tenant, @Nullable String asked) {
        String bound = tenant.boundUserId();
        if (asked != null && bound != null && !asked.equals(bound)) {
            throw new AppException(ErrorCode.KEY_NOT_BOUND_TO, "user_id must be " + bound + ", whose API key this is");
        }
        String userId = asked == null ? bound : asked;
        String orgId = tenant.orgId();
        return tenants.read(tenant, handle -> {
            LocalDate date = OrganisationZones.load(handle, orgId).dateOf(clock.instant());
            return new TodayUsage(
                    userId,
                    date,
                    userId == null
                            ? UsageStore.sumsOfOrganisation(handle, orgId, date)
                            : UsageStore.sumsOfUser(handle, orgId, date, userId),
                    userId == null
                            ? UsageStore.topProviders(handle, orgId, date)
                            : UsageStore.topProvidersOfUser(handle, orgId, date, userId),
                    userId == null
                            ? UsageStore.topModels(handle, orgId, date)
                            : UsageStore.topModelsOfUser(handle, orgId, date, userId),
                    Completeness.completeThrough(handle).orElse(null));
        });
    }

    /**
     * Totals by day and group.
     *
     * @throws AppException INVALID_PARAMETER when the days make no range or have more than {@link #MAX_ROWS} rows
     */
    DailyUsage daily(TenantContext tenant, GroupBy groupBy, RequestedDays days) {
        String orgId = tenant.orgId();
        return tenants.read(tenant, handle -> {
            OrganisationCalendar calendar = OrganisationZones.load(handle, orgId);
            LocalDate today = calendar.dateOf(clock.instant());
            DateRange range = days.resolve(today);
            List<DailyRow> rows = UsageStore.daily(handle, orgId, groupBy, range, tenant.boundUserId(), MAX_ROWS + 1);
            if (rows.size() > MAX_ROWS) {
                throw QueryParameters.invalid("from " + range.from() + " to " + range.to() + " has more than "
                        + MAX_ROWS + " rows by " + groupBy.publicName() + "; ask for fewer days at once");
            }
            return new DailyUsage(
                    groupBy,
                    range,
                    calendar.zoneOf(range.to()).getId(),
                    Completeness.completeThrough(handle).orElse(null),
                    !range.to().isBefore(today) || rows.stream().anyMatch(DailyRow::provisional),
                    rows);
        });
    }
}
