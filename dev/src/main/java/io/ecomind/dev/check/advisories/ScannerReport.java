package io.ecomind.dev.check.advisories;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.cli.profile.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Reads what a scanner with a live feed has found in the bill of materials: the JSON of Grype or of OSV-Scanner. Stateless. */
final class ScannerReport {
    private ScannerReport() {}

    /**
     * One finding.
     *
     * @param names its id and its aliases
     */
    record Finding(String component, String version, Set<String> names) {}

    static List<Finding> read(Path file) {
        JsonNode report;
        try {
            report = new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new CommandException(file + " cannot be read: " + e.getMessage(), e);
        }
        if (report.has("matches")) {
            return ofGrype(report);
        }
        if (report.has("results")) {
            return ofOsvScanner(report);
        }
        throw new CommandException(file + " must be JSON of Grype (matches) or of OSV-Scanner (results)");
    }

    private static List<Finding> ofGrype(JsonNode report) {
        List<Finding> findings = new ArrayList<>();
        for (JsonNode match : report.path("matches")) {
            Set<String> names = new TreeSet<>();
            names.add(match.path("vulnerability").path("id").asText());
            match.path("relatedVulnerabilities")
                    .forEach(related -> names.add(related.path("id").asText()));
            JsonNode artifact = match.path("artifact");
            findings.add(new Finding(
                    named(artifact.path("purl").asText(), artifact.path("name").asText()),
                    artifact.path("version").asText(),
                    names));
        }
        return findings;
    }

    private static List<Finding> ofOsvScanner(JsonNode report) {
        List<Finding> findings = new ArrayList<>();
        for (JsonNode result : report.path("results")) {
            for (JsonNode found : result.path("packages")) {
                JsonNode scanned = found.path("package");
                for (JsonNode vulnerability : found.path("vulnerabilities")) {
                    Set<String> names = new TreeSet<>();
                    names.add(vulnerability.path("id").asText());
                    vulnerability.path("aliases").forEach(alias -> names.add(alias.asText()));
                    findings.add(new Finding(
                            scanned.path("name").asText(),
                            scanned.path("version").asText(),
                            names));
                }
            }
        }
        return findings;
    }

    /** {@code group:artifact} from {@code pkg:maven/group/artifact@version}. */
    private static String named(String purl, String otherwise) {
        String maven = "pkg:maven/";
        return purl.startsWith(maven)
                ? purl.substring(maven.length()).replaceFirst("[@?].*", "").replace('/', ':')
                : otherwise;
    }
}
