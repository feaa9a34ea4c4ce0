package io.ecomind.dev.stack;

import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.store.Organisations;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The organisation that every embedded stack has: three teams, forty users with made-up names. Stateless. */
public final class DemoOrganisation {
    public static final String ID = "demo";
    public static final ZoneId ZONE = ZoneId.of("Europe/Amsterdam");
    public static final int USERS = 40;

    /** In the order of their members: users 1 to 16 are the first team's, 17 to 28 the second's. */
    public static final List<String> TEAMS = List.of("platform", "research", "support");

    private static final int[] FIRST_USER_OF_NEXT_TEAM = {17, 29, USERS + 1};
    private static final int INGEST_SHARDS = 8;
    private static final String[] SCOPES = {"ingest", "read", "manage"};
    private static final String[] IMPORT_SCOPES = {"ingest", "import"};

    private DemoOrganisation() {}

    /** What events call a user. */
    public static String senderName(int number) {
        return userId(number) + "@demo.example";
    }

    /** Index in {@link #TEAMS}. */
    public static int teamOf(int number) {
        int team = 0;
        while (number >= FIRST_USER_OF_NEXT_TEAM[team]) {
            team++;
        }
        return team;
    }

    /** Adds what is missing; a second call changes nothing. */
    static void seed(DataSource owner, KeyPeppers peppers, ApiKey key, ApiKey keyForImport) throws SQLException {
        try (Connection connection = owner.getConnection()) {
            connection.setAutoCommit(false);
            Organisations.create(connection, ID, "Demonstration", "enterprise", ZONE.getId(), INGEST_SHARDS);
            insertTeams(connection);
            insertUsers(connection);
            insertKey(connection, peppers, key, SCOPES);
            insertKey(connection, peppers, keyForImport, IMPORT_SCOPES);
            connection.commit();
        }
    }

    /**
     * Sets the time zone and the plan, where one is given. Before the first event the zone applies to all dates; afterwards
     * from the day after tomorrow on, a date that has begun in no zone yet, because the days of past events stay as they are.
     */
    static void change(DataSource owner, @Nullable ZoneId zone, @Nullable String plan) throws SQLException {
        try (Connection connection = owner.getConnection()) {
            connection.setAutoCommit(false);
            if (plan != null) {
                Organisations.setPlan(connection, ID, plan);
            }
            if (zone != null && !zone.getId().equals(newestZone(connection))) {
                try (PreparedStatement insert = connection.prepareStatement("""
                        INSERT INTO org_time_zones (org_id, valid_from, zone)
                        VALUES (?, CASE WHEN EXISTS (SELECT FROM daily_usage WHERE org_id = ?)
                                   THEN (now() AT TIME ZONE 'UTC')::date + 2 ELSE DATE '1970-01-01' END, ?)
                        ON CONFLICT (org_id, valid_from) DO UPDATE SET zone = excluded.zone""")) {
                    insert.setString(1, ID);
                    insert.setString(2, ID);
                    insert.setString(3, zone.getId());
                    insert.executeUpdate();
                }
            }
            connection.commit();
        }
    }

    private static @Nullable String newestZone(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT zone FROM org_time_zones WHERE org_id = ? ORDER BY valid_from DESC LIMIT 1")) {
            query.setString(1, ID);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    private static void insertTeams(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO teams (org_id, id, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")) {
            for (String team : TEAMS) {
                insert.setString(1, ID);
                insert.setString(2, team);
                insert.setString(3, team.substring(0, 1).toUpperCase(Locale.ROOT) + team.substring(1));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void insertUsers(Connection connection) throws SQLException {
        try (PreparedStatement user = connection.prepareStatement(
                        "INSERT INTO users (org_id, id, email, name) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
                PreparedStatement alias = connection.prepareStatement(
                        "INSERT INTO user_aliases (org_id, alias, user_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
                PreparedStatement member = connection.prepareStatement(
                        "INSERT INTO team_members (org_id, team_id, user_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")) {
            for (int number = 1; number <= USERS; number++) {
                String id = userId(number);
                user.setString(1, ID);
                user.setString(2, id);
                user.setString(3, senderName(number));
                user.setString(4, String.format(Locale.ROOT, "User %02d", number));
                user.addBatch();
                alias.setString(1, ID);
                alias.setString(2, senderName(number));
                alias.setString(3, id);
                alias.addBatch();
                member.setString(1, ID);
                member.setString(2, TEAMS.get(teamOf(number)));
                member.setString(3, id);
                member.addBatch();
            }
            user.executeBatch();
            alias.executeBatch();
            member.executeBatch();
        }
    }

    private static void insertKey(Connection connection, KeyPeppers peppers, ApiKey key, String[] scopes)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO api_keys (id, org_id, key_hash, scopes) VALUES (?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET key_hash = excluded.key_hash""")) {
            insert.setString(1, key.id());
            insert.setString(2, ID);
            insert.setBytes(3, key.hash(peppers));
            insert.setArray(4, connection.createArrayOf("text", scopes));
            insert.executeUpdate();
        }
    }

    private static String userId(int number) {
        return String.format(Locale.ROOT, "user-%02d", number);
    }
}
