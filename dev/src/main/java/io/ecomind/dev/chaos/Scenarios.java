package io.ecomind.dev.chaos;

import java.util.ArrayList;
import java.util.List;

/** All scenarios, in the order in which a full pass runs them. Stateless. */
final class Scenarios {
    private Scenarios() {}

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        all.addAll(ProcessScenarios.all());
        all.addAll(StateScenarios.all());
        all.addAll(SenderScenarios.all());
        all.addAll(TimeScenarios.all());
        all.addAll(CheckerScenarios.all());
        return List.copyOf(all);
    }
}
