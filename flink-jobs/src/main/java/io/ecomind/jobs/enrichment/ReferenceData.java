package io.ecomind.jobs.enrichment;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.v1.FactorOverride;
import io.ecomind.contracts.v1.FactorSetPart;
import io.ecomind.contracts.v1.Organisation;
import io.ecomind.contracts.v1.PowerContract;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.footprint.FactorCatalogue;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.ModelParameters;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Range;
import io.ecomind.footprint.Validity;
import io.ecomind.usage.LocalDay;
import io.ecomind.usage.OrganisationCalendar;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reference data in the form in which events are rated. Not thread-safe: each task has its own.
 *
 * <p>The tables have constraints against what cannot be read here. What has passed them all the same is one organisation's
 * value, and must not stop the events of the others: it is left out, logged and counted by {@link #leftOut}. What is left
 * out depends on the newest entry alone, so that a task that has started anew rates as the one before.
 */
final class ReferenceData {
    private static final Logger log = LoggerFactory.getLogger(ReferenceData.class);

    private final Map<String, SortedMap<Integer, FactorSetFiles.Part>> parts = new HashMap<>();
    private final Map<String, FactorCatalogue.Active> sets = new HashMap<>();
    private final Map<String, String> hashes = new HashMap<>();
    private final Map<String, OrganisationCalendar> organisations = new HashMap<>();
    private final Map<String, Map<String, OrganisationFactors.FactorOverride>> overrides = new HashMap<>();
    private final Map<String, Map<String, OrganisationFactors.Contract>> contracts = new HashMap<>();
    private final Map<String, OrganisationFactors> ownFactors = new HashMap<>();
    private final Set<String> leftOut = new HashSet<>();
    private FactorCatalogue catalogue = new FactorCatalogue(List.of());

    /**
     * Applies a change. The versions of an entity arrive in order, and the parts of a factor set before its head.
     *
     * @throws FactorSetException when a set is not what its head says, which {@link AwaitReferenceSnapshot} does not forward
     */
    void apply(ReferenceChange change) throws InvalidProtocolBufferException, FactorSetException {
        ReferenceEntry entry = ReferenceEntry.parseFrom(change.entry());
        leftOut.remove(change.key());
        if (change.deleted()) {
            remove(change.key());
            return;
        }
        switch (entry.getBodyCase()) {
            case FACTOR_SET_PART -> {
                FactorSetPart part = entry.getFactorSetPart();
                parts.computeIfAbsent(part.getFactorSet(), set -> new TreeMap<>())
                        .put(part.getNumber(), part(part));
            }
            case FACTOR_SET -> takeSet(entry.getFactorSet());
            case ORGANISATION ->
                organisations.put(entry.getOrganisation().getId(), calendar(change.key(), entry.getOrganisation()));
            case FACTOR_OVERRIDE -> {
                FactorOverride own = entry.getFactorOverride();
                takeOwn(
                        change.key(),
                        overrides.computeIfAbsent(own.getOrgId(), org -> new HashMap<>()),
                        () -> override(own));
                ownFactors.remove(own.getOrgId());
            }
            case POWER_CONTRACT -> {
                PowerContract own = entry.getPowerContract();
                takeOwn(
                        change.key(),
                        contracts.computeIfAbsent(own.getOrgId(), org -> new HashMap<>()),
                        () -> contract(own));
                ownFactors.remove(own.getOrgId());
            }
            // Of a later version, or empty.
            case BODY_NOT_SET -> leaveOut(change.key(), "it says nothing that this version knows");
        }
    }

    /** How many entries are left out, in part or as a whole, because they cannot be read. */
    int leftOut() {
        return leftOut.size();
    }

    private <T> void takeOwn(String key, Map<String, T> known, Supplier<T> read) {
        // The entry before is gone whether the new one can be read or not, as it is after a start.
        known.remove(key);
        try {
            known.put(key, read.get());
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
            leaveOut(key, String.valueOf(e.getMessage()));
        }
    }

    private void leaveOut(String key, String why) {
        leftOut.add(key);
        log.atError().addKeyValue("entry", key).addKeyValue("cause", why).log("a reference entry is left out");
    }

    static FactorSetFiles.Part part(FactorSetPart part) {
        return new FactorSetFiles.Part(part.getNumber(), part.getFile(), part.getText());
    }

    private void takeSet(io.ecomind.contracts.v1.FactorSet head) throws FactorSetException {
        FactorCatalogue.Active before = sets.get(head.getId());
        FactorSet set = before != null && head.getSha256().equals(hashes.get(head.getId()))
                ? before.set()
                : FactorSetFiles.join(
                                parts.getOrDefault(head.getId(), new TreeMap<>()), head.getParts(), head.getSha256())
                        .parse();
        hashes.put(head.getId(), head.getSha256());
        sets.put(head.getId(), new FactorCatalogue.Active(set, head.getActiveFromMicros()));
        catalogue = new FactorCatalogue(sets.values());
    }

    private void remove(String key) {
        String[] path = key.split("/", 3);
        switch (path[0]) {
            case "org" -> organisations.remove(path[1]);
            case "set" -> {
                if (path.length == 2) {
                    sets.remove(path[1]);
                    hashes.remove(path[1]);
                    catalogue = new FactorCatalogue(sets.values());
                } else {
                    parts.getOrDefault(path[1], new TreeMap<>()).remove(Integer.valueOf(path[2]));
                }
            }
            case "override" -> {
                overrides.getOrDefault(path[1], new HashMap<>()).remove(key);
                ownFactors.remove(path[1]);
            }
            case "contract" -> {
                contracts.getOrDefault(path[1], new HashMap<>()).remove(key);
                ownFactors.remove(path[1]);
            }
            default -> {
                // An entity of an earlier schema, which is not read any more.
            }
        }
    }

    /** The local day of an organisation, null when it is not known (yet). */
    @Nullable
    LocalDay localDay(String orgId, Instant ts) {
        OrganisationCalendar calendar = organisations.get(orgId);
        return calendar == null ? null : calendar.dayOf(ts);
    }

    FactorCatalogue catalogue() {
        return catalogue;
    }

    /** The overrides and power contracts of an organisation. */
    OrganisationFactors ownFactors(String orgId) {
        if (overrides.isEmpty() && contracts.isEmpty()) {
            return OrganisationFactors.NONE;
        }
        return ownFactors.computeIfAbsent(
                orgId,
                org -> new OrganisationFactors(
                        List.copyOf(overrides.getOrDefault(org, Map.of()).values()),
                        List.copyOf(contracts.getOrDefault(org, Map.of()).values())));
    }

    private static OrganisationFactors.FactorOverride override(FactorOverride own) {
        var span = new OrganisationFactors.Span(
                own.getActiveFromMicros(),
                own.hasRetiredMicros() ? own.getRetiredMicros() : Long.MAX_VALUE,
                validity(
                        own.hasValidFromEpochDay(),
                        own.getValidFromEpochDay(),
                        own.hasValidToEpochDay(),
                        own.getValidToEpochDay()));
        return switch (own.getFactorCase()) {
            case PER_CALL ->
                OrganisationFactors.FactorOverride.perCall(
                        own.getId(),
                        span,
                        own.getProvider(),
                        own.getModel(),
                        Double.parseDouble(own.getPerCall().getKwhPerCall()),
                        Double.parseDouble(own.getPerCall().getPue()),
                        Double.parseDouble(own.getPerCall().getWaterLPerKwh()),
                        Double.parseDouble(own.getPerCall().getCo2KgPerKwh()),
                        own.getSource());
            case PARAMETERS ->
                OrganisationFactors.FactorOverride.parameters(
                        own.getId(),
                        span,
                        own.getProvider(),
                        own.getModel(),
                        parameters(own.getParameters()),
                        own.getSource());
            case FACTOR_NOT_SET -> throw new IllegalArgumentException("there is no factor in it");
        };
    }

    private static OrganisationFactors.Contract contract(PowerContract own) {
        return new OrganisationFactors.Contract(
                own.getId(),
                new OrganisationFactors.Span(
                        own.getActiveFromMicros(),
                        own.hasRetiredMicros() ? own.getRetiredMicros() : Long.MAX_VALUE,
                        validity(
                                own.hasValidFromEpochDay(), own.getValidFromEpochDay(),
                                own.hasValidToEpochDay(), own.getValidToEpochDay())),
                own.getProvider(),
                own.getZone(),
                Double.parseDouble(own.getKgPerKwh()),
                own.getSource());
    }

    private static ModelParameters parameters(io.ecomind.contracts.v1.ModelParameters given) {
        return new ModelParameters(
                new Range(Double.parseDouble(given.getActiveBMin()), Double.parseDouble(given.getActiveBMax())),
                new Range(Double.parseDouble(given.getTotalBMin()), Double.parseDouble(given.getTotalBMax())),
                given.hasTps() ? Double.parseDouble(given.getTps()) : 0,
                given.hasTtftS() ? Double.parseDouble(given.getTtftS()) : 0);
    }

    private static Validity validity(boolean hasFrom, int from, boolean hasTo, int to) {
        return new Validity(hasFrom ? from : Long.MIN_VALUE, hasTo ? to : Long.MAX_VALUE);
    }

    private OrganisationCalendar calendar(String key, Organisation organisation) {
        var byDate = new TreeMap<LocalDate, String>();
        organisation
                .getTimeZonesList()
                .forEach(span -> byDate.put(LocalDate.ofEpochDay(span.getFromEpochDay()), span.getZone()));
        return OrganisationCalendar.ofNames(byDate, unknown -> leaveOut(key, "there is no time zone " + unknown));
    }
}
