package io.ecomind.api.usage;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.RequestedDays;
import io.ecomind.api.tenant.Completeness;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.usage.OrganisationCalendar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import org.jdbi.v3.core.result.ResultIterator;
import org.jspecify.annotations.Nullable;

/** What an organisation used: its current day, and totals by day and group. Thread-safe. */
public final class UsageService {
    private static final String ADVICE = "ask for fewer days at once, or by another group_by";

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

    /** Writes an answer within the transaction that its rows come from; see {@link TenantTransactions.SizedAnswer}. */
    @FunctionalInterface
    interface DailyAnswer {
        void write(DailyUsage usage, boolean large) throws IOException;
    }

    /**
     * Totals by day and group. Rows are read as they are written, so a large answer takes no memory for its length.
     *
     * @return the days that it has
     * @throws AppException INVALID_PARAMETER when the days make no range, QUERY_TOO_COSTLY when they have too many rows,
     *     RATE_LIMITED or UNAVAILABLE while too many large answers are being written
     */
    DateRange daily(TenantContext tenant, GroupBy groupBy, RequestedDays days, DailyAnswer answer) {
        String orgId = tenant.orgId();
        return tenants.read(tenant, ADVICE, handle -> {
            OrganisationCalendar calendar = OrganisationZones.load(handle, orgId);
            LocalDate today = calendar.dateOf(clock.instant());
            DateRange range = days.resolve(today);
            int maxRows = tenants.limits().answers().maxRows();
            var question = new UsageStore.DailyQuestion(orgId, groupBy, range, tenant.boundUserId(), maxRows + 1);
            UsageStore.Extent extent = UsageStore.extent(handle, question);
            if (extent.rows() > maxRows) {
                throw new AppException(
                        ErrorCode.QUERY_TOO_COSTLY,
                        "from " + range.from() + " to " + range.to() + " has more than " + maxRows + " rows by "
                                + groupBy.publicName() + "; " + ADVICE);
            }
            Instant completeThrough = Completeness.completeThrough(handle).orElse(null);
            tenants.answer(orgId, extent.rows(), large -> {
                try (ResultIterator<DailyRow> rows = UsageStore.daily(
                        handle, question, tenants.limits().answers().fetchedRows())) {
                    answer.write(
                            new DailyUsage(
                                    groupBy,
                                    range,
                                    calendar.zoneOf(range.to()).getId(),
                                    completeThrough,
                                    !range.to().isBefore(today) || extent.provisional(),
                                    rows),
                            large);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            return range;
        });
    }
}
