package io.ecomind.dev.check.attack;

import io.ecomind.cli.profile.DatabaseAddress;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The throwaway stack on which defences are taken away. Thread-safe. */
final class MutationStage {
    private final AttackTarget target;

    MutationStage(AttackTarget target) {
        this.target = target;
    }

    AttackTarget target() {
        return target;
    }

    /** Runs a statement as the owner of the schema; the other one puts back what it changed. */
    Mutant.Undo sql(String change, String back) throws SQLException {
        execute(change);
        return () -> execute(back);
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = owner().dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of all rows. */
    List<String> list(String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Connection connection = owner().dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }

    DatabaseAddress owner() {
        return target.database("migrator").orElseThrow();
    }
}
