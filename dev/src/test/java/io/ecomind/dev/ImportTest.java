package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.dev.stack.DemoOrganisation;
import io.ecomind.dev.stack.EmbeddedStack;
import io.ecomind.dev.stack.ExternalServices;
import io.ecomind.dev.stack.StackConfig;
import io.ecomind.testkit.FreePorts;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Old data through the front door: what it adds up to, what is refused, and how its days end. */
@Tag("integration")
@Tag("ci")
class ImportTest {
    private static final int MONTHS = 300;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final LocalDate today = LocalDate.now(DemoOrganisation.ZONE);
    private final LocalDate twoYearsAgo = today.minusYears(2);
    private final LocalDate fortyDaysAgo = today.minusDays(40);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private record ImportRun(int code, String output) {}

    @Test
    void old_rows_are_counted_once_their_days_are_sealed_and_what_is_refused_is_listed() throws Exception {
        try (EmbeddedStack stack = start()) {
            Path file = directory.resolve("old.ndjson.gz");
            pack(file, String.join("\n", lines()));
            Path rejects = directory.resolve("rejects.ndjson");

            ImportRun first = run("import", file.toString(), "--rejects", rejects.toString(), "--show", "2", "--wait");

            assertThat(first.code()).as(first.output()).isEqualTo(1);
            assertThat(first.output())
                    .containsPattern("lines +12\\b")
                    .containsPattern("accepted +6\\b")
                    .containsPattern("duplicates in a request +1\\b")
                    .containsPattern("rejected +5\\b")
                    .contains("  line 8: field_missing (ts): ts must be given")
                    .contains("  … and 3 more reasons");
            assertThat(rejected(rejects))
                    .containsExactly(
                            "8 field_missing ts",
                            "9 ts_too_old ts",
                            "10 invalid_json ",
                            "11 field_out_of_range tokens_out",
                            "14 not_an_object ");
            Map<LocalDate, Long> expected = new TreeMap<>(Map.of(twoYearsAgo, 3L, fortyDaysAgo, 2L, today, 1L));
            // A day that is over since long may be sealed between two of its rows: the rest waits for the timer.
            awaitCalls(stack, expected);
            await(stack, "sealed", "false", 2);
            assertThat(states(stack))
                    .containsEntry(twoYearsAgo, "sealed false")
                    .containsEntry(fortyDaysAgo, "sealed false")
                    .containsEntry(today, "open false");
            exact(stack, 6);

            ImportRun second = run("import", file.toString(), "--wait");
            assertThat(second.output()).containsPattern("accepted +6\\b").containsPattern("counted now +0\\b");
            assertThat(second.output())
                    .containsPattern("counted before +6 ")
                    .containsPattern("rejected afterwards +0\\b");
            assertThat(calls(stack)).isEqualTo(expected);
            assertThat(states(stack)).containsEntry(twoYearsAgo, "sealed false");
            exact(stack, 6);

            // More rows of a day that is sealed by now: they wait, and the timer restates the day.
            Path more = directory.resolve("more.ndjson");
            Files.writeString(more, event(twoYearsAgo, "\"id\":\"after-sealing\",") + "\n", StandardCharsets.UTF_8);
            ImportRun third = run("import", more.toString(), "--wait");
            assertThat(third.code()).as(third.output()).isZero();
            expected.put(twoYearsAgo, 4L);
            awaitCalls(stack, expected);
            assertThat(states(stack)).containsEntry(twoYearsAgo, "sealed false");
            exact(stack, 7);

            // The same id with another ts is accepted by the gateway and rejected by the job.
            String used = event(today, "\"id\":\"used\",");
            Path conflict = directory.resolve("conflict.ndjson");
            Files.writeString(conflict, used + "\n", StandardCharsets.UTF_8);
            ImportRun taken = run("import", conflict.toString(), "--wait");
            assertThat(taken.code()).as(taken.output()).isZero();
            assertThat(taken.output())
                    .containsPattern("counted now +1\\b")
                    .contains("every accepted event is in the daily totals");
            Files.writeString(
                    conflict, used.replaceFirst("\"ts\":\"[^\"]+\"", "\"ts\":\"" + today + "T00:00:00Z\"") + "\n");
            ImportRun conflicting = run("import", conflict.toString(), "--wait");
            assertThat(conflicting.code()).as(conflicting.output()).isEqualTo(1);
            assertThat(conflicting.output())
                    .containsPattern("rejected afterwards +1\\b")
                    .contains("id_conflict: 1", "not every accepted event is in the daily totals");

            // Three hundred months need no relation of their own, and are counted like any other.
            long relations = relations(stack);
            Path months = directory.resolve("months.ndjson");
            List<String> monthly = new ArrayList<>();
            for (int month = 0; month < MONTHS; month++) {
                monthly.add(event(LocalDate.of(2000, 2, 3).plusMonths(month), ""));
            }
            Files.writeString(months, String.join("\n", monthly) + "\n", StandardCharsets.UTF_8);
            ImportRun imported = run("import", months.toString(), "--wait");
            assertThat(imported.code()).as(imported.output()).isZero();
            assertThat(imported.output()).containsPattern("counted now +" + MONTHS + "\\b");
            exact(stack, 8 + MONTHS);
            assertThat(relations(stack)).isEqualTo(relations);
        }
    }

    @Test
    void wrong_usage_ends_with_2_and_without_a_stack_it_says_how_to_start_one() throws IOException {
        Path file = directory.resolve("one.ndjson");
        Files.writeString(file, event(today, "") + "\n", StandardCharsets.UTF_8);

        assertThat(run("import").code()).isEqualTo(2);
        assertThat(run("import", directory.resolve("none").toString()).output()).contains("there is no file");
        assertThat(run("import", file.toString(), "--show", "-1").code()).isEqualTo(2);
        assertThat(run("import", file.toString(), "--rejects", file.toString()).code())
                .isEqualTo(2);
        assertThat(run("import", file.toString()).output()).contains("./ecomind up");
        assertThat(file).isNotEmptyFile();
    }

    /** Six events, one of them twice, and five lines that cannot be events, with blank lines between. */
    private List<String> lines() {
        String same = event(twoYearsAgo, "");
        String repeated = event(fortyDaysAgo, "\"id\":\"mine\",");
        return List.of(
                same,
                // Equal content at another place is another call.
                same,
                event(twoYearsAgo, "\"id\":null,\"source\":\"erp\","),
                repeated,
                repeated,
                event(fortyDaysAgo, "\"id\":\"\","),
                event(today, ""),
                "{\"user_id\":\"u\",\"provider\":\"openai\",\"model\":\"gpt-4o\",\"tokens_in\":1,\"tokens_out\":1}",
                event(LocalDate.of(1999, 6, 1), ""),
                "{\"user_id\":",
                event(twoYearsAgo, "").replace("\"tokens_out\":30", "\"tokens_out\":-1"),
                "",
                "  ",
                "[]");
    }

    private String event(LocalDate date, String more) {
        Instant ts = date.equals(today)
                ? Instant.now().truncatedTo(ChronoUnit.SECONDS)
                : date.atTime(12, 0).atZone(DemoOrganisation.ZONE).toInstant();
        return "{" + more + "\"ts\":\"" + ts + "\",\"user_id\":\"user-01@demo.example\",\"provider\":\"openai\","
                + "\"model\":\"gpt-4o\",\"tokens_in\":120,\"tokens_out\":30,\"region\":\"FRA\"}";
    }

    private EmbeddedStack start() {
        int base = Math.min(FreePorts.find(1)[0], 60_000);
        return EmbeddedStack.start(
                new StackConfig(new DataDirectory(directory.resolve("data")), base, ExternalServices.NONE),
                (part, address, took) -> {});
    }

    private ImportRun run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--data");
        all.add(directory.resolve("data").toString());
        var text = new StringWriter();
        var line = Main.commandLine();
        line.setOut(new PrintWriter(text));
        line.setErr(new PrintWriter(text));
        int code = line.execute(all.toArray(String[]::new));
        return new ImportRun(code, text.toString());
    }

    private static void pack(Path file, String content) throws IOException {
        try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(content.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static List<String> rejected(Path file) throws IOException {
        List<String> found = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode json = new ObjectMapper().readTree(line);
            assertThat(json.path("message").asText()).isNotEmpty();
            assertThat(json.path("content").asText()).isNotEmpty();
            found.add(json.path("line").asText() + " " + json.path("code").asText() + " "
                    + json.path("field").asText());
        }
        return found;
    }

    private static void exact(EmbeddedStack stack, long events) {
        VerificationReport report = Verification.run(stack.endpoints(), Selection.ALL, line -> {});
        assertThat(report.findings().lines()).isEmpty();
        assertThat(report.live() + report.late()).isEqualTo(events);
    }

    private static long relations(EmbeddedStack stack) throws SQLException {
        List<Long> count = new ArrayList<>();
        query(
                stack,
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
                row -> count.add(row.getLong(1)));
        return count.get(0);
    }

    private static Map<LocalDate, Long> calls(EmbeddedStack stack) throws SQLException {
        Map<LocalDate, Long> calls = new TreeMap<>();
        query(
                stack,
                "SELECT date, call_count FROM daily_org_agg",
                row -> calls.put(row.getObject(1, LocalDate.class), row.getLong(2)));
        return calls;
    }

    private static void awaitCalls(EmbeddedStack stack, Map<LocalDate, Long> expected) {
        await().until(() -> calls(stack), Predicate.isEqual(expected));
    }

    /** State and whether late rows wait, by day. */
    private static Map<LocalDate, String> states(EmbeddedStack stack) throws SQLException {
        Map<LocalDate, String> states = new TreeMap<>();
        query(
                stack,
                "SELECT date, state, needs_restatement FROM day_states",
                row -> states.put(row.getObject(1, LocalDate.class), row.getString(2) + " " + row.getBoolean(3)));
        return states;
    }

    private static void await(EmbeddedStack stack, String state, String waiting, long days) {
        await().until(
                        () -> states(stack).values().stream()
                                .filter((state + " " + waiting)::equals)
                                .count(),
                        count -> count >= days);
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(200));
    }

    @FunctionalInterface
    private interface RowVisitor {
        void read(ResultSet row) throws SQLException;
    }

    private static void query(EmbeddedStack stack, String sql, RowVisitor each) throws SQLException {
        try (Connection connection =
                        stack.endpoints().database("pipeline").dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                each.read(rows);
            }
        }
    }
}
