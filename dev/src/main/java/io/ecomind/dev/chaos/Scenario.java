package io.ecomind.dev.chaos;

import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;

/**
 * One kind of fault that must not change a total. Immutable.
 *
 * @param name as given on the command line
 * @param title what happens
 * @param organisations for which it sends events
 * @param needs the set-up that it runs on; scenarios with equal needs share one
 * @param brief part of the short pass
 * @param smallest its events are embeddings of a single token
 * @param body what is done; a fault that left no proof of its effect is a failure
 */
record Scenario(
        String name,
        String title,
        List<ScenarioSending> organisations,
        Needs needs,
        boolean brief,
        boolean smallest,
        ScenarioBody body) {
    /**
     * An organisation before it exists.
     *
     * @param zones by the date from which each holds
     */
    record ScenarioSending(String suffix, Map<LocalDate, ZoneId> zones, int shards) {
        static ScenarioSending of(String suffix, String zone, int shards) {
            return new ScenarioSending(suffix, Map.of(LocalDate.EPOCH, ZoneId.of(zone)), shards);
        }
    }

    /** The set-up. */
    record Needs(int brokers, Sabotage sabotage) {
        static final Needs USUAL = new Needs(1, Sabotage.NONE);
    }

    @FunctionalInterface
    interface ScenarioBody {
        void run(ChaosStage stage) throws Exception;
    }

    /** True when the checker must report a problem, because the checker itself is tested. */
    boolean mustFail() {
        return needs.sabotage() != Sabotage.NONE;
    }

    static Scenario of(String name, String title, ScenarioBody body) {
        return new Scenario(
                name, title, List.of(ScenarioSending.of("", "Europe/Amsterdam", 8)), Needs.USUAL, false, false, body);
    }

    Scenario inShortPass() {
        return new Scenario(name, title, organisations, needs, true, smallest, body);
    }

    Scenario with(ScenarioSending... others) {
        return new Scenario(name, title, List.of(others), needs, brief, smallest, body);
    }

    Scenario on(Needs other) {
        return new Scenario(name, title, organisations, other, brief, smallest, body);
    }

    Scenario withSmallestEvents() {
        return new Scenario(name, title, organisations, needs, brief, true, body);
    }
}
