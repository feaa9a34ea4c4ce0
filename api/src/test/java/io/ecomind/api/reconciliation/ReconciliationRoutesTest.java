package io.ecomind.api.reconciliation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an organisation is told of its records of events.raw that reached neither the ledger nor the rejections. */
@Tag("integration")
class ReconciliationRoutesTest {
    private static final Instant TS = Instant.parse("2026-03-01T12:00:00.123456Z");
    private static RunningApi api;
    private static long offset;

    @BeforeAll
    static void start() {
        api = new RunningApi(Instant.now());
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @Test
    void an_organisation_sees_its_own_missing_events_in_pages() throws Exception {
        api.sql("TRUNCATE reconciliation_ranges, reconciliation_missing");
        String mine = api.newOrganisation("UTC");
        String theirs = api.newOrganisation("UTC");
        for (int i = 0; i < 3; i++) {
            missing(mine, "mine-" + i, i == 0 ? "anna" : "bert");
        }
        missing(theirs, "theirs", "user");
        api.sql(
                "INSERT INTO reconciliation_ranges (partition, from_offset, to_offset, heartbeats, live, late, duplicates,"
                        + " rejected, missing, received_through) VALUES (0, 0, 10, 0, 6, 0, 0, 0, 4, now())");
        var key = api.readKey(mine);

        JsonNode first = api.get("/v1/reconciliation?limit=2", key).json();
        JsonNode second = api.get(
                        "/v1/reconciliation?limit=2&cursor="
                                + first.get("next_cursor").asText(),
                        key)
                .json();

        List<String> ids = new ArrayList<>(first.get("rows").findValuesAsText("event_id"));
        ids.addAll(second.get("rows").findValuesAsText("event_id"));
        assertThat(ids).containsExactly("mine-0", "mine-1", "mine-2");
        assertThat(second.get("next_cursor").isNull()).isTrue();
        assertThat(first.get("missing").asLong()).isEqualTo(3);
        assertThat(first.get("resolved").asLong()).isZero();
        assertThat(first.get("checked_at").isNull()).isFalse();
        assertThat(first.get("reconciled_through").isNull())
                .as("eleven partitions have not been checked")
                .isTrue();
        assertThat(first.get("rows").get(0).get("ts").asText()).isEqualTo(TS.toString());

        var annas = api.readKey(mine);
        api.sql("UPDATE api_keys SET user_id = 'anna' WHERE id = ?", annas.id());
        JsonNode bound = api.get("/v1/reconciliation", annas).json();
        assertThat(bound.get("rows").findValuesAsText("event_id")).containsExactly("mine-0");
        assertThat(bound.get("missing").asLong()).isEqualTo(1);
        assertThat(api.get("/v1/reconciliation?org_id=" + theirs, key)
                        .json()
                        .get("code")
                        .asText())
                .isEqualTo("org_mismatch");
        assertThat(api.get("/v1/reconciliation?cursor=!!", key).status()).isEqualTo(400);
        assertThat(api.get("/v1/reconciliation", null).status()).isEqualTo(401);
    }

    @Test
    void an_organisation_is_told_its_disputed_days() throws Exception {
        String org = api.newOrganisation("UTC");
        for (String[] day :
                new String[][] {{"2026-03-02", "disputed"}, {"2026-03-01", "disputed"}, {"2026-03-03", "sealed"}}) {
            api.sql(
                    "INSERT INTO day_states (org_id, date, day_end, state) VALUES (?, CAST(? AS date), now(), ?)",
                    org,
                    day[0],
                    day[1]);
        }

        assertThat(api.get("/v1/reconciliation", api.readKey(org))
                        .json()
                        .get("disputed_days")
                        .toString())
                .isEqualTo("[\"2026-03-01\",\"2026-03-02\"]");
    }

    private static void missing(String org, String id, String user) throws Exception {
        api.sql(
                "INSERT INTO reconciliation_missing (raw_partition, raw_offset, org_id, source, event_id, user_id, ts,"
                        + " received_at) VALUES (0, ?, ?, 'sdk', ?, ?, ?, now())",
                offset++,
                org,
                id,
                user,
                OffsetDateTime.ofInstant(TS, ZoneOffset.UTC));
    }
}
