package io.ecomind.jobs.totals;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.jobs.runtime.CopyText;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;

/** The key of a row of daily_usage, the cube. Immutable. */
public record DailyUsageKey(
        String orgId,
        int epochDay,
        String userId,
        String project,
        String environment,
        String source,
        String provider,
        String model,
        String region,
        String host,
        String factorSet,
        String match,
        int evidenceTier,
        String gridMatch,
        boolean assumedRegion,
        boolean assumedHost)
        implements TotalsKey {
    /** The columns of the primary key, in the order of the components. */
    public static final List<String> COLUMNS = List.of(
            "org_id",
            "date",
            "user_id",
            "project",
            "environment",
            "source",
            "provider",
            "model",
            "region",
            "host",
            "factor_set",
            "match",
            "evidence_tier",
            "grid_match",
            "assumed_region",
            "assumed_host");

    public static DailyUsageKey of(EnrichedEvent enriched) {
        UsageEvent event = enriched.getEvent();
        Footprint footprint = enriched.getFootprint();
        return new DailyUsageKey(
                event.getOrgId(),
                enriched.getLocalEpochDay(),
                event.getUserId(),
                event.getProject(),
                event.getEnvironment(),
                event.getSource(),
                provider(enriched),
                event.getModel(),
                event.getRegion(),
                footprint.getHost(),
                footprint.getFactorSet(),
                footprint.getMatch(),
                footprint.getEvidenceTier(),
                footprint.getGridMatch(),
                footprint.getAssumedRegion(),
                footprint.getAssumedHost());
    }

    /** The name by which totals of the provider are kept. */
    public static String provider(EnrichedEvent enriched) {
        String canonical = enriched.getFootprint().getProvider();
        return canonical.isEmpty() ? enriched.getEvent().getProvider() : canonical;
    }

    @Override
    public String text() {
        return TotalsKey.join(
                orgId,
                Integer.toString(epochDay),
                userId,
                project,
                environment,
                source,
                provider,
                model,
                region,
                host,
                factorSet,
                match,
                Integer.toString(evidenceTier),
                gridMatch,
                Boolean.toString(assumedRegion),
                Boolean.toString(assumedHost));
    }

    /** Reads {@link #text}. */
    public static DailyUsageKey fromText(String text) {
        String[] parts = text.split("\0", -1);
        return new DailyUsageKey(
                parts[0],
                Integer.parseInt(parts[1]),
                parts[2],
                parts[3],
                parts[4],
                parts[5],
                parts[6],
                parts[7],
                parts[8],
                parts[9],
                parts[10],
                parts[11],
                Integer.parseInt(parts[12]),
                parts[13],
                Boolean.parseBoolean(parts[14]),
                Boolean.parseBoolean(parts[15]));
    }

    /** Writes {@link #COLUMNS}, in their order. */
    public void copyTo(CopyText row) {
        row.text(orgId);
        row.date(epochDay);
        row.text(userId);
        row.text(project);
        row.text(environment);
        row.text(source);
        row.text(provider);
        row.text(model);
        row.text(region);
        row.text(host);
        row.text(factorSet);
        row.text(match);
        row.number(evidenceTier);
        row.text(gridMatch);
        row.bool(assumedRegion);
        row.bool(assumedHost);
    }

    /** Sets {@link #COLUMNS}, from the given place of the statement on, and returns the place after them. */
    public int set(PreparedStatement statement, int first) throws SQLException {
        int place = first;
        statement.setString(place++, orgId);
        statement.setObject(place++, LocalDate.ofEpochDay(epochDay));
        statement.setString(place++, userId);
        statement.setString(place++, project);
        statement.setString(place++, environment);
        statement.setString(place++, source);
        statement.setString(place++, provider);
        statement.setString(place++, model);
        statement.setString(place++, region);
        statement.setString(place++, host);
        statement.setString(place++, factorSet);
        statement.setString(place++, match);
        statement.setInt(place++, evidenceTier);
        statement.setString(place++, gridMatch);
        statement.setBoolean(place++, assumedRegion);
        statement.setBoolean(place++, assumedHost);
        return place;
    }
}
