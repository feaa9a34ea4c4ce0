package io.ecomind.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What only an operator may decide about an organisation: that it exists, its plan and its shards. Needs the owner's role or
 * that of an operator. Stateless; the caller brings the connection and commits.
 */
public final class Organisations {
    private Organisations() {}

    /** Adds an organisation whose days are those of a zone; false when there is one with the id, which stays as it is. */
    public static boolean create(
            Connection connection, String id, String name, String plan, String zone, int ingestShards)
            throws SQLException {
        try (PreparedStatement call = connection.prepareStatement("SELECT create_organisation(?, ?, ?, ?, ?)")) {
            call.setString(1, id);
            call.setString(2, name);
            call.setString(3, plan);
            call.setString(4, zone);
            call.setInt(5, ingestShards);
            return answer(call);
        }
    }

    /** Gives an organisation a plan; false when it has it already. */
    public static boolean setPlan(Connection connection, String id, String plan) throws SQLException {
        try (PreparedStatement call = connection.prepareStatement("SELECT set_plan(?, ?)")) {
            call.setString(1, id);
            call.setString(2, plan);
            return answer(call);
        }
    }

    /** Spreads an organisation's events over so many Kafka keys; false when they are already. */
    public static boolean setIngestShards(Connection connection, String id, int ingestShards) throws SQLException {
        try (PreparedStatement call = connection.prepareStatement("SELECT set_ingest_shards(?, ?)")) {
            call.setString(1, id);
            call.setInt(2, ingestShards);
            return answer(call);
        }
    }

    private static boolean answer(PreparedStatement call) throws SQLException {
        try (ResultSet row = call.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        }
    }
}
