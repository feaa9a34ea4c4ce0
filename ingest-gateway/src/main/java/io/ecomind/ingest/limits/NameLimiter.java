package io.ecomind.ingest.limits;

import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.ingest.GatewayMetrics;
import io.ecomind.service.auth.MachineKey;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.LocalDay;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Counts names beyond the plan's limit of a day under one name, {@link DailyNames#OTHER}. Thread-safe.
 *
 * <p>The event carries that name from here on, so ledger, rows, totals, rebuild and verify know no other, and agree.
 */
public final class NameLimiter {
    private final OrganisationLimitsCache organisations;
    private final DailyNames names;
    private final GatewayMetrics metrics;

    public NameLimiter(OrganisationLimitsCache organisations, DailyNames names, GatewayMetrics metrics) {
        this.organisations = organisations;
        this.names = names;
        this.metrics = metrics;
    }

    /**
     * What is applied to each event of a request.
     *
     * @param warnings is told what was replaced
     */
    public Function<UsageEvent, UsageEvent> of(MachineKey caller, Consumer<String> warnings) {
        return new OfRequest(caller, organisations.of(caller.orgId()), warnings);
    }

    private final class OfRequest implements Function<UsageEvent, UsageEvent> {
        private final MachineKey caller;
        private final OrganisationLimits limits;
        private final Consumer<String> warnings;
        /** Of the event before: most events of a request are of one day. */
        private @Nullable LocalDay day;

        /** Names of that day that were let through: most events of a request repeat them. */
        private final Map<DailyNames.Kind, Set<String>> admitted = new EnumMap<>(DailyNames.Kind.class);

        OfRequest(MachineKey caller, OrganisationLimits limits, Consumer<String> warnings) {
            this.caller = caller;
            this.limits = limits;
            this.warnings = warnings;
        }

        @Override
        public UsageEvent apply(UsageEvent event) {
            LocalDay of = dayOf(EpochMicros.toInstant(event.getTsMicros()));
            // A key that is bound to one person adds one name; that person is to find the calls.
            boolean user = caller.userId() != null || admits(of, DailyNames.Kind.USER, event.getUserId());
            boolean provider = admits(of, DailyNames.Kind.MODEL, event.getProvider());
            boolean model =
                    provider && admits(of, DailyNames.Kind.MODEL, event.getProvider() + '\0' + event.getModel());
            boolean project = event.getProject().isEmpty() || admits(of, DailyNames.Kind.PROJECT, event.getProject());
            if (user && model && project) {
                return event;
            }
            UsageEvent.Builder replaced = event.toBuilder();
            if (!user) {
                replaced.setUserId(DailyNames.OTHER);
            }
            if (!provider) {
                replaced.setProvider(DailyNames.OTHER);
            }
            if (!model) {
                replaced.setModel(DailyNames.OTHER);
            }
            if (!project) {
                replaced.setProject(DailyNames.OTHER);
            }
            return replaced.build();
        }

        private boolean admits(LocalDay of, DailyNames.Kind kind, String name) {
            long limit = kind.limit(limits);
            Set<String> known = admitted.computeIfAbsent(kind, none -> new HashSet<>());
            if (name.equals(DailyNames.OTHER) || known.contains(name)) {
                return true;
            }
            if (names.admits(caller.orgId(), of.date(), kind, name, limit)) {
                known.add(name);
                return true;
            }
            metrics.nameOverLimit(kind.field());
            warnings.accept(kind.warning(of.date(), limit));
            return false;
        }

        private LocalDay dayOf(Instant ts) {
            LocalDay last = day;
            if (last != null && !ts.isBefore(last.start()) && ts.isBefore(last.end())) {
                return last;
            }
            LocalDay next = limits.calendar().dayOf(ts);
            day = next;
            admitted.clear();
            return next;
        }
    }
}
