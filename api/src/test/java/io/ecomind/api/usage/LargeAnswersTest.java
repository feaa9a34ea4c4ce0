package io.ecomind.api.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.api.RunningApi;
import io.ecomind.api.tenant.QueryLimits;
import io.ecomind.api.tenant.QueryLimits.QueryConnections;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.service.http.HttpLimits;
import io.ecomind.testkit.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Answers of more rows than should be in memory, and how many of them there are at once. */
@Tag("integration")
class LargeAnswersTest {
    private static final String RANGE = "/v1/aggregate/daily?from=2026-03-01&to=2026-03-10&group_by=user";
    private static final int PEOPLE = 12_000;

    private static RunningApi api;
    private static String org;
    private static ApiKey key;

    @BeforeAll
    static void start() throws Exception {
        api = new RunningApi(
                Instant.parse("2026-03-15T12:00:00Z"), QueryLimits.DEFAULT.withCostly(5_000, 2, 3, 15_000));
        org = api.newOrganisation("UTC");
        key = api.readKey(org);
        people(org, PEOPLE);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @Test
    void all_rows_come_with_their_sum() throws Exception {
        RunningApi.Answer json = api.get(RANGE, key);
        assertThat(json.status()).isEqualTo(200);
        assertThat(json.json().get("rows").size()).isEqualTo(PEOPLE);
        assertThat(json.json().get("totals").get("call_count").asLong()).isEqualTo(PEOPLE);
        assertThat(json.json().get("totals").get("kwh").decimalValue())
                .isEqualByComparingTo(new BigDecimal("0.001").multiply(BigDecimal.valueOf(PEOPLE)));
        assertThat(json.response().body()).endsWith("}\n");

        RunningApi.Answer csv = api.get(RANGE, key, "text/csv");
        assertThat(csv.response().body().lines()).hasSize(PEOPLE + 1);
        assertThat(csv.response().headers().firstValue("Content-Disposition"))
                .hasValue("attachment; filename=\"ecomind-daily-user-2026-03-01-2026-03-10.csv\"");
    }

    @Test
    void too_many_rows_are_refused_with_advice() throws Exception {
        String large = api.newOrganisation("UTC");
        people(large, 15_001);

        RunningApi.Answer refused = api.get(RANGE, api.readKey(large));

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().get("code").asText()).isEqualTo("query_too_costly");
        assertThat(refused.json().get("detail").asText())
                .contains("more than 15000 rows by user")
                .contains("fewer days");
    }

    @Test
    void large_answers_of_an_organisation_are_few_at_once_and_small_ones_go_on() throws Exception {
        ApiKey mine = api.readKey(org);
        try (Socket first = unread(api, mine);
                Socket second = unread(api, mine)) {
            RunningApi.Answer refused = api.get(RANGE, mine);
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.json().get("code").asText()).isEqualTo("rate_limited");
            assertThat(refused.json().get("detail").asText()).contains("at most 2 answers of more than 5000 rows");
            assertThat(refused.response().headers().firstValue("Retry-After")).hasValue("5");

            assertThat(api.get("/v1/today", mine).status()).isEqualTo(200);
            assertThat(api.get(RANGE.replace("user", "org"), mine).status()).isEqualTo(200);
            assertThat(first.isConnected()).isTrue();
            assertThat(second.isConnected()).isTrue();
        }
        // Those who went away make room.
        Awaitility.await()
                .untilAsserted(() -> assertThat(api.get(RANGE, mine).status()).isEqualTo(200));
    }

    @Test
    void slow_readers_of_answers_that_are_not_large_hold_no_connection() throws Exception {
        try (var one = new RunningApi(
                        Instant.parse("2026-03-15T12:00:00Z"),
                        QueryLimits.DEFAULT.withCostly(PEOPLE, 2, 3, 15_000).with(new QueryConnections(1, 1)));
                Socket first = unread(one, key);
                Socket second = unread(one, key)) {
            assertThat(one.get("/v1/today", key).status()).isEqualTo(200);
            assertThat(first.isConnected()).isTrue();
            assertThat(second.isConnected()).isTrue();
        }
    }

    @Test
    void answers_count_as_memory_of_their_sender_until_they_are_read() throws Exception {
        try (var small = new RunningApi(
                Instant.parse("2026-03-15T12:00:00Z"),
                QueryLimits.DEFAULT.withCostly(PEOPLE, 2, 3, 15_000),
                HttpLimits.DEFAULT.withBufferedBytes(1 << 20, 20_000))) {
            RunningApi.Answer refused = small.get(RANGE, key);
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.json().get("code").asText()).isEqualTo("rate_limited");
            // What was taken is given back.
            for (int i = 0; i < 100; i++) {
                assertThat(small.get("/v1/today", key).status()).isEqualTo(200);
            }
        }
    }

    @Test
    void keys_are_read_while_all_other_connections_are_in_use() throws Exception {
        ApiKey unknown = ApiKey.generate(new SecureRandom(), "test", KeyPeppers.parse(TestDatabase.PEPPER));
        try (var one = new RunningApi(
                        Instant.parse("2026-03-15T12:00:00Z"),
                        QueryLimits.DEFAULT.withCostly(5_000, 2, 3, 15_000).with(new QueryConnections(1, 1)));
                Socket reader = unread(one, key)) {
            assertThat(one.get("/v1/today", unknown).status()).isEqualTo(401);
            assertThat(reader.isConnected()).isTrue();
        }
    }

    /** Asks for a large answer and reads no more than its first line, so that the server waits with the rest. */
    private static Socket unread(RunningApi asked, ApiKey mine) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), asked.port()));
        socket.setSoTimeout(60_000);
        socket.getOutputStream()
                .write(("GET " + RANGE + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
                                + mine.text().value() + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8), 64);
        assertThat(in.readLine()).startsWith("HTTP/1.1 200 ");
        return socket;
    }

    /** Persons with a call each on one day. */
    private static void people(String orgId, int count) throws Exception {
        var first = new DailyRows(api, orgId);
        first.on("2026-03-02").user("template").calls(1, "0.001");
        String columns = Sums.columns(name -> name);
        api.sql("INSERT INTO daily_user_agg (org_id, date, user_id, " + columns
                + ") SELECT org_id, date, 'person-' || n, "
                + columns + " FROM daily_user_agg, generate_series(2, " + count
                + ") n WHERE org_id = '" + orgId + "' AND user_id = 'template'");
    }
}
