package io.ecomind.dev.check.advisories;

import io.ecomind.cli.ExitCode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says which shipped components are affected by published advisories about which nothing is decided. */
@Command(
        name = "advisories",
        description = {
            "Compare the bill of materials with the list of published advisories.",
            "The list knows only what was published when it was last worked on. Where a scanner with a live feed can be"
                    + " run, give its report as well: everything that it finds must have a row with a reason."
        })
public final class AdvisoriesCommand implements Callable<Integer> {
    @Option(
            names = "--bom",
            defaultValue = "target/bom.json",
            description = "CycloneDX bill of materials, which .ci/dist writes (default: ${DEFAULT-VALUE}).")
    private Path bill = Path.of("target/bom.json");

    @Option(
            names = "--list",
            defaultValue = ".ci/advisories.csv",
            description = "The list of advisories (default: ${DEFAULT-VALUE}).")
    private Path list = Path.of(".ci/advisories.csv");

    @Option(names = "--report", description = "JSON report of Grype or OSV-Scanner on the same bill of materials.")
    private @Nullable Path report;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<Component> shipped = BillOfMaterials.read(bill);
        List<Advisory> advisories = AdvisoryList.read(list);
        AdvisoryCheck.Outcome outcome =
                AdvisoryCheck.of(shipped, advisories, report == null ? List.of() : ScannerReport.read(report));
        outcome.tolerated().forEach(line -> out.println("decided  " + line));
        outcome.problems().forEach(line -> out.println("PROBLEM  " + line));
        out.println(shipped.size() + " components, " + advisories.size() + " advisories, "
                + outcome.tolerated().size() + " decided, " + outcome.problems().size() + " problems"
                + (report == null ? "; no scanner's report was given" : ""));
        return outcome.problems().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }
}
