package io.ecomind.connect;

import java.sql.Connection;
import java.sql.SQLException;

/** Opens a connection that its caller closes. */
@FunctionalInterface
public interface ConnectionFactory {
    Connection open() throws SQLException;
}
