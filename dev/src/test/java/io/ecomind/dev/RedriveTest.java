package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.redrive.Redrive;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.dev.stack.DemoOrganisation;
import io.ecomind.dev.stack.EmbeddedStack;
import io.ecomind.dev.stack.ExternalServices;
import io.ecomind.dev.stack.StackConfig;
import io.ecomind.testkit.FreePorts;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rejected events through the real gateway and jobs once more. */
@Tag("integration")
class RedriveTest {
    private final Instant ts = Instant.now().minus(Duration.ofHours(1)).truncatedTo(ChronoUnit.MICROS);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void a_rejected_event_that_is_put_right_is_counted_once_however_often_it_is_redriven() throws Exception {
        int base = Math.min(FreePorts.find(1)[0], 60_000);
        try (EmbeddedStack stack = EmbeddedStack.start(
                new StackConfig(new DataDirectory(directory.resolve("data")), base, ExternalServices.NONE),
                (part, address, took) -> {})) {
            var client = new IngestClient(
                    stack.endpoints().http(), stack.credentials().apiKey(), Duration.ofSeconds(60));
            client.send(List.of(
                    "{\"id\":\"bad\",\"user_id\":\"u\",\"provider\":\"openai\",\"model\":\"gpt-4o\",\"ts\":\"" + ts
                            + "\",\"tokens_in\":-5,\"tokens_out\":1}",
                    "{\"provider\":\"openai\",\"model\":\"gpt-4o\",\"tokens_in\":1,\"tokens_out\":1}"));
            strangerOfAnotherDay(stack);
            await(stack, "SELECT count(*) FROM events_rejected", 3);

            // As it is, it is rejected again, which counts with the first unless a minute has passed.
            Redrive.RedriveSummary unchanged = redrive(stack, client, "field_out_of_range", Map.of());
            assertThat(unchanged.tally().rejected()).isEqualTo(1);

            for (int times = 0; times < 2; times++) {
                // However many rows of it there are: they have the same id and become one event.
                assertThat(redrive(stack, client, "field_out_of_range", Map.of("tokens_in", "5"))
                                .tally()
                                .rejected())
                        .isZero();
                assertThat(redrive(stack, client, "field_missing", Map.of("user_id", "u"))
                                .tally()
                                .accepted())
                        .isEqualTo(1);
                assertThat(redrive(stack, client, "unknown_organisation", Map.of())
                                .tally()
                                .accepted())
                        .isEqualTo(1);
                VerificationReport report = Verification.run(stack.endpoints(), Selection.ALL, line -> {});
                assertThat(report.findings().lines()).isEmpty();
                assertThat(report.live()).isEqualTo(3);
            }
            assertThat(number(stack, "SELECT sum(call_count) FROM daily_org_agg"))
                    .isEqualTo(3);
            assertThat(number(stack, "SELECT sum(tokens_in) FROM daily_org_agg"))
                    .isEqualTo(5 + 1 + 100);
            List<String> listed = new ArrayList<>();
            var dry = new Redrive(
                            stack.endpoints().database("pipeline"),
                            new Redrive.RedriveFilter(DemoOrganisation.ID, null, "bad", null, null),
                            Map.of())
                    .run(null, listed::add);
            assertThat(listed).isNotEmpty().hasSize((int) dry.selected()).allMatch(line -> line.contains("\"ts\":\"" + ts + "\""));
        }
    }

    private static Redrive.RedriveSummary redrive(
            EmbeddedStack stack, IngestClient client, String code, Map<String, String> changes)
            throws InterruptedException {
        return new Redrive(
                        stack.endpoints().database("pipeline"),
                        new Redrive.RedriveFilter(null, code, null, null, null),
                        changes)
                .run(client, line -> {});
    }

    /** As the job rejected it before the organisation existed. */
    private void strangerOfAnotherDay(EmbeddedStack stack) throws SQLException {
        byte[] payload = UsageEvent.newBuilder()
                .setOrgId(DemoOrganisation.ID)
                .setId("stranger")
                .setUserId("u")
                .setProvider("openai")
                .setModel("gpt-4o")
                .setTsMicros(ChronoUnit.MICROS.between(Instant.EPOCH, ts))
                .setTokensIn(100)
                .setTokensOut(1)
                .setModality("text")
                .build()
                .toByteArray();
        try (Connection connection =
                        stack.endpoints().database("migrator").dataSource().getConnection();
                PreparedStatement insert = connection.prepareStatement("""
                        INSERT INTO events_rejected (rejected_partition, rejected_offset, org_id, rejected_at, origin,
                            code, field, message, source, event_id, user_id, payload, payload_truncated)
                        VALUES (1000, 0, ?, now() - INTERVAL '1 day', 'job', 'unknown_organisation', 'org_id', '', '',
                            'stranger', 'u', ?, false)""")) {
            insert.setString(1, DemoOrganisation.ID);
            insert.setBytes(2, payload);
            insert.executeUpdate();
        }
    }

    private static void await(EmbeddedStack stack, String query, long wanted) {
        Awaitility.await(query)
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> number(stack, query), Predicate.isEqual(wanted));
    }

    private static long number(EmbeddedStack stack, String query) throws SQLException {
        try (Connection connection =
                        stack.endpoints().database("pipeline").dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }
}
