package io.ecomind.jobs.restatement;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.factors.FactorSetException;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Rating;
import io.ecomind.jobs.enrichment.Ratings;
import io.ecomind.jobs.projection.LedgerEntry;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobDatabase;
import io.ecomind.store.FactorSets;
import io.ecomind.store.OrganisationFactorsReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/**
 * Rates events under one named set, whenever they were received; its rows are chosen by ts as always. An organisation's
 * own factors still go before the set's.
 */
final class RateAgain extends RichMapFunction<LedgerEntry, LedgerEntry> {
    private static final long serialVersionUID = 1L;

    private final JobConfig config;
    private final String factorSet;
    private final List<String> orgs;

    private transient FactorSet set;
    private transient Map<String, OrganisationFactors> own;

    @SuppressWarnings("NullAway.Init")
    RateAgain(JobConfig config, String factorSet, List<SealedDay> days) {
        this.config = config;
        this.factorSet = factorSet;
        orgs = days.stream().map(SealedDay::orgId).distinct().toList();
    }

    @Override
    public void open(OpenContext context) throws SQLException {
        try (Connection connection = JobDatabase.open(config)) {
            set = load(connection, factorSet);
            own = new HashMap<>();
            for (String org : orgs) {
                own.put(org, OrganisationFactorsReader.read(connection, org));
            }
        }
    }

    private static FactorSet load(Connection connection, String id) throws SQLException {
        FactorSets.Stored stored = FactorSets.find(connection, id)
                .orElseThrow(() -> new IllegalStateException("there is no factor set " + id));
        try {
            return FactorSets.load(connection, stored).parse();
        } catch (FactorSetException e) {
            throw new IllegalStateException("factor set " + id + ": " + String.join("; ", e.problems()), e);
        }
    }

    @Override
    public LedgerEntry map(LedgerEntry entry) {
        EnrichedEvent event = entry.event();
        if (event == null) {
            return entry;
        }
        Rating rating = set.rate(
                Ratings.call(event.getEvent()),
                own.getOrDefault(event.getEvent().getOrgId(), OrganisationFactors.NONE));
        return new LedgerEntry(
                entry.partition(),
                entry.offset(),
                entry.heartbeatMillis(),
                event.toBuilder()
                        .setFootprint(Ratings.footprint(rating, event.getEvent().getProvider()))
                        .build());
    }
}
