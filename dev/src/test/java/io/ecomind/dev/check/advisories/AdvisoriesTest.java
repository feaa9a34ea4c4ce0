package io.ecomind.dev.check.advisories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.cli.profile.CommandException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class AdvisoriesTest {
    private static final String HEADER = "component,versions,id,severity,decision,reason,decided\n";
    private static final String UPDATE = "a:b,\"[1.0,1.5)\",CVE-1,high,update,mended in 1.5,2026-01-01\n";
    private static final String TOLERATED = "a:b,\"[1.0,1.5)\",CVE-1 GHSA-1,high,not_affected,not reached,2026-01-01\n";

    @TempDir
    private Path directory;

    private record Ended(int code, String output) {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1.0,1.5) | 1.0 | true",
                "[1.0,1.5) | 1.4.99.Final | true",
                "[1.0,1.5) | 1.5 | false",
                "[1.0,1.5) | 1.5-rc1 | true",
                "(1.0,1.5] | 1.0.0 | false",
                "(1.0,1.5] | 1.5.0.RELEASE | true",
                "(,2.0) | 0.1 | true",
                "[3.6.0,3.8.4) | 3.7.2-21.0 | true",
                "[1.0,1.2),[2.0,2.1) | 1.9 | false",
                "[1.0,1.2),[2.0,2.1) | 2.0.5 | true",
                "[2.19.0,2.21.4) | 2.21.10 | false",
                "(,32.0.0) | 33.6.0-android | false"
            })
    void ranges_hold_versions_in_the_order_of_releases(String ranges, String version, boolean held) {
        assertThat(VersionRanges.parse(ranges).contains(ComponentVersion.parse(version)))
                .isEqualTo(held);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1.0", "[1.0]", "[1.0,2.0", "[1.0,2.0) [3.0,4.0)"})
    void what_is_no_range_is_refused(String ranges) {
        assertThatThrownBy(() -> VersionRanges.parse(ranges)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_affected_version_fails_the_check_and_a_later_one_does_not() throws Exception {
        assertThat(check("1.4", UPDATE, null).code()).isEqualTo(1);
        assertThat(check("1.4", UPDATE, null).output()).contains("PROBLEM  a:b:1.4 must be updated: CVE-1 (high)");
        assertThat(check("1.5", UPDATE, null).code()).isZero();
    }

    @Test
    void a_reason_tolerates_what_it_names_and_fails_when_nothing_needs_it_any_more() throws Exception {
        assertThat(check("1.4", TOLERATED, null).code()).isZero();
        assertThat(check("1.4", TOLERATED, null).output()).contains("decided  a:b:1.4: CVE-1 GHSA-1");
        Ended stale = check("1.5", TOLERATED, null);
        assertThat(stale.code()).isEqualTo(1);
        assertThat(stale.output()).contains("no affected version of it is shipped");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'matches':[{'vulnerability':{'id':'GHSA-1'},'relatedVulnerabilities':[{'id':'CVE-1'}],"
                        + "'artifact':{'name':'b','version':'1.4','purl':'pkg:maven/a/b@1.4?type=jar'}}]}",
                "{'results':[{'packages':[{'package':{'name':'a:b','version':'1.4','ecosystem':'Maven'},"
                        + "'vulnerabilities':[{'id':'GHSA-1','aliases':['CVE-1']}]}]}]}"
            })
    void a_scanners_finding_needs_a_decision_that_is_not_to_update(String report) throws Exception {
        assertThat(check("1.4", TOLERATED, report).code()).isZero();
        Ended undecided = check("1.4", TOLERATED.replace("CVE-1 GHSA-1", "CVE-2"), report);
        assertThat(undecided.code()).isEqualTo(1);
        assertThat(undecided.output()).contains("a:b:1.4 is affected by CVE-1, GHSA-1, about which nothing is decided");
    }

    @Test
    void a_report_that_no_scanner_writes_is_an_error_and_not_a_clean_one() throws Exception {
        Path report = Files.writeString(directory.resolve("other.json"), "{\"findings\":[]}");

        assertThatThrownBy(() -> ScannerReport.read(report))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("Grype");
    }

    @Test
    void a_row_without_a_reason_or_with_an_invented_decision_is_refused() throws Exception {
        for (String row : List.of(
                UPDATE.replace("mended in 1.5", " "),
                UPDATE.replace("update", "ignore"),
                UPDATE.replace("2026", "x"))) {
            Path file = Files.writeString(directory.resolve("bad.csv"), HEADER + row);
            assertThatThrownBy(() -> AdvisoryList.read(file))
                    .isInstanceOf(CommandException.class)
                    .hasMessageContaining("row 1");
        }
    }

    @Test
    void the_list_of_the_project_can_be_read() {
        List<Advisory> advisories = AdvisoryList.read(Path.of("../.ci/advisories.csv"));

        assertThat(advisories).hasSizeGreaterThan(20);
        assertThat(advisories.stream().map(Advisory::component))
                .contains(
                        "com.github.codemonstur:embedded-redis",
                        "ch.qos.logback:logback-core",
                        "org.apache.flink:flink-shaded-zookeeper-3",
                        "tools.jackson.core:jackson-core");
    }

    private Ended check(String version, String rows, @Nullable String report) throws IOException {
        Path bill = Files.writeString(
                directory.resolve("bom.json"),
                "{\"components\":[{\"group\":\"a\",\"name\":\"b\",\"version\":\"" + version + "\"},"
                        + "{\"group\":\"io.ecomind\",\"name\":\"ecomind-api\",\"version\":\"0\"}]}");
        Path list = Files.writeString(directory.resolve("list.csv"), HEADER + rows);
        var arguments = new ArrayList<>(List.of("--bom", bill.toString(), "--list", list.toString()));
        if (report != null) {
            arguments.add("--report");
            arguments.add(Files.writeString(directory.resolve("report.json"), report.replace('\'', '"'))
                    .toString());
        }
        var out = new StringWriter();
        int code = new CommandLine(new AdvisoriesCommand())
                .setOut(new PrintWriter(out))
                .execute(arguments.toArray(String[]::new));
        return new Ended(code, out.toString());
    }
}
