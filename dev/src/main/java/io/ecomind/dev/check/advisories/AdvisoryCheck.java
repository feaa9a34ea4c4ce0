package io.ecomind.dev.check.advisories;

import java.util.ArrayList;
import java.util.List;

/**
 * Compares what is shipped with the list of advisories and, when there is one, with a scanner's report. Stateless.
 */
final class AdvisoryCheck {
    private AdvisoryCheck() {}

    /**
     * The outcome.
     *
     * @param problems what must be mended; empty when all is decided
     * @param tolerated advisories whose affected versions are shipped for a reason
     */
    record Outcome(List<String> problems, List<String> tolerated) {}

    static Outcome of(List<Component> shipped, List<Advisory> advisories, List<ScannerReport.Finding> findings) {
        List<String> problems = new ArrayList<>();
        List<String> tolerated = new ArrayList<>();
        for (Advisory advisory : advisories) {
            List<Component> affected = shipped.stream()
                    .filter(component -> component.name().equals(advisory.component())
                            && advisory.versions().contains(ComponentVersion.parse(component.version())))
                    .toList();
            if (advisory.decision() == Advisory.Decision.UPDATE) {
                affected.forEach(component -> problems.add(component + " must be updated: " + advisory.id() + " ("
                        + advisory.severity() + "): " + advisory.reason()));
            } else if (affected.isEmpty()) {
                // A reason that nobody needs any more would excuse the next version that is affected.
                problems.add(advisory.id() + " is listed for " + advisory.component()
                        + ", and no affected version of it is shipped: take the row away or decide update");
            } else {
                affected.forEach(component -> tolerated.add(component + ": " + advisory.id() + " ("
                        + advisory.severity() + ", " + advisory.decided() + "): " + advisory.reason()));
            }
        }
        for (ScannerReport.Finding finding : findings) {
            boolean decided = advisories.stream()
                    .anyMatch(advisory -> advisory.component().equals(finding.component())
                            && advisory.decision() != Advisory.Decision.UPDATE
                            && advisory.versions().contains(ComponentVersion.parse(finding.version()))
                            && finding.names().stream().anyMatch(advisory::isNamed));
            if (!decided) {
                problems.add(finding.component() + ":" + finding.version() + " is affected by "
                        + String.join(", ", finding.names()) + ", about which nothing is decided");
            }
        }
        return new Outcome(problems, tolerated);
    }
}
