package io.ecomind.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.cli.repair.Repair;
import io.ecomind.jobs.enrichment.MissingRecordEnricher.EnrichedMissingRecord;
import io.ecomind.jobs.enrichment.MissingRecordEnricher.RepairDisposition;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Repair and redrive as far as they need no stack: what is printed, and how they end. */
class RepairCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void each_record_is_named_with_what_becomes_of_it() {
        var outcome = new Repair.RepairResult(
                List.of(
                        new Repair.RepairedRecord(
                                0, 7, new EnrichedMissingRecord(RepairDisposition.COUNTED, "acme", "e7", "", null)),
                        new Repair.RepairedRecord(
                                1,
                                8,
                                new EnrichedMissingRecord(
                                        RepairDisposition.REJECTED, "", "", "undecodable: empty record", null)),
                        new Repair.RepairedRecord(
                                2, 9, new EnrichedMissingRecord(RepairDisposition.DUPLICATE, "acme", "e7", "", null))),
                2);

        assertThat(print(outcome, false))
                .contains("0:7 (org acme, id e7) appended")
                .contains("1:8 (cannot be read) rejected: undecodable: empty record")
                .contains("2:9 (org acme, id e7) is a duplicate of another one of these")
                .contains("2 more were received a moment ago")
                .endsWith("repair: 1 events and 1 rejections appended; 2 records are undecided\n");
        assertThat(print(outcome, true))
                .contains("0:7 (org acme, id e7) would be appended")
                .endsWith("repair: 1 events and 1 rejections would be appended; 2 records are undecided\n");
        assertThat(print(new Repair.RepairResult(List.of(), 0), false)).isEqualTo("repair: nothing is missing\n");
        assertThat(print(new Repair.RepairResult(List.of(), 1), false))
                .endsWith("repair: nothing is known to be missing; 1 record is undecided\n");
    }

    @Test
    void it_ends_with_1_for_undecided_or_rejected_records_and_for_what_a_dry_run_leaves_missing() {
        var missing = List.of(new Repair.RepairedRecord(
                0, 7, new EnrichedMissingRecord(RepairDisposition.COUNTED, "acme", "e7", "", null)));
        for (boolean dryRun : new boolean[] {false, true}) {
            assertThat(RepairCommand.exitCode(new Repair.RepairResult(List.of(), 0), dryRun))
                    .isZero();
            assertThat(RepairCommand.exitCode(new Repair.RepairResult(List.of(), 1), dryRun))
                    .isEqualTo(1);
        }
        assertThat(RepairCommand.exitCode(new Repair.RepairResult(missing, 0), false))
                .isZero();
        assertThat(RepairCommand.exitCode(new Repair.RepairResult(missing, 0), true))
                .isEqualTo(1);
        assertThat(RepairCommand.exitCode(new Repair.RepairResult(missing, 1), false))
                .isEqualTo(1);
        var rejected = List.of(new Repair.RepairedRecord(
                0,
                7,
                new EnrichedMissingRecord(RepairDisposition.REJECTED, "", "", "undecodable: empty record", null)));
        assertThat(RepairCommand.exitCode(new Repair.RepairResult(rejected, 0), false))
                .isEqualTo(1);
    }

    @Test
    void wrong_usage_ends_with_2_and_a_stack_that_does_not_run_with_1() {
        assertThat(run("repair", "--all")).isEqualTo(2);
        assertThat(run("repair", "--data", directory.toString())).isEqualTo(1);
        assertThat(run("redrive", "--data", directory.toString())).isEqualTo(2);
        assertThat(run("redrive", "--from", "2026-03-02", "--to", "2026-03-01")).isEqualTo(2);
        assertThat(run("redrive", "--org", "acme", "--set", "x")).isEqualTo(2);
        assertThat(run("redrive", "--org", "acme", "--data", directory.toString()))
                .isEqualTo(1);
    }

    private static String print(Repair.RepairResult outcome, boolean dryRun) {
        var text = new StringWriter();
        RepairCommand.print(new PrintWriter(text), outcome, dryRun);
        return text.toString().replace(System.lineSeparator(), "\n");
    }

    private static int run(String... arguments) {
        var line = CliMain.commandLine();
        line.setOut(new PrintWriter(new StringWriter()));
        line.setErr(new PrintWriter(new StringWriter()));
        return line.execute(arguments);
    }
}
