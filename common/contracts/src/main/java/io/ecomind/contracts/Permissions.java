package io.ecomind.contracts;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which scopes and roles grant which permission: {@code permissions.csv}, one row a permission, one column a scope or a
 * role, {@code yes} or nothing in the cells. Immutable; read once.
 */
public final class Permissions {
    private static final String FILE = "permissions.csv";
    private static final String YES = "yes";
    private static final Permissions INSTANCE = parse(read());

    private final Map<Scope, Set<Permission>> ofScope;
    private final Map<Role, Set<Permission>> ofRole;

    private Permissions(Map<Scope, Set<Permission>> ofScope, Map<Role, Set<Permission>> ofRole) {
        this.ofScope = ofScope;
        this.ofRole = ofRole;
    }

    /** The permissions of the file on the class path. */
    public static Permissions get() {
        return INSTANCE;
    }

    /** Whether a key with the scope has the permission. */
    public boolean grants(Scope scope, Permission permission) {
        return Objects.requireNonNull(ofScope.get(scope)).contains(permission);
    }

    /** Whether a person with the role has the permission. */
    public boolean grants(Role role, Permission permission) {
        return Objects.requireNonNull(ofRole.get(role)).contains(permission);
    }

    /** The scopes of which a key needs one to have the permission. */
    public Set<Scope> scopesThatGrant(Permission permission) {
        return Stream.of(Scope.values())
                .filter(scope -> grants(scope, permission))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Scope.class)));
    }

    /**
     * Reads the table.
     *
     * @throws IllegalArgumentException when a permission, scope or role is unknown, absent or there twice, a cell is
     *     neither {@code yes} nor empty, or no scope and no role grants a permission
     */
    static Permissions parse(String csv) {
        List<String> lines = csv.lines().toList();
        Map<String, Set<Permission>> columns = new HashMap<>();
        String[] header = lines.get(0).split(",", -1);
        for (int i = 1; i < header.length; i++) {
            if (columns.put(header[i], EnumSet.noneOf(Permission.class)) != null) {
                throw new IllegalArgumentException("column " + header[i] + " is there twice");
            }
        }
        Map<String, Permission> missing =
                Stream.of(Permission.values()).collect(Collectors.toMap(Permission::wireName, p -> p));
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",", -1);
            Permission permission = missing.remove(cells[0]);
            if (permission == null) {
                throw new IllegalArgumentException("permission " + cells[0] + " is unknown or there twice");
            }
            if (cells.length != header.length) {
                throw new IllegalArgumentException(
                        cells[0] + " must have " + header.length + " cells, has " + cells.length);
            }
            boolean granted = false;
            for (int i = 1; i < cells.length; i++) {
                if (cells[i].equals(YES)) {
                    granted = true;
                    Objects.requireNonNull(columns.get(header[i])).add(permission);
                } else if (!cells[i].isEmpty()) {
                    throw new IllegalArgumentException(
                            cells[0] + ", " + header[i] + " must be yes or empty, was " + cells[i]);
                }
            }
            if (!granted) {
                throw new IllegalArgumentException("nothing grants " + cells[0]);
            }
        }
        Map<Scope, Set<Permission>> ofScope = new EnumMap<>(Scope.class);
        for (Scope scope : Scope.values()) {
            ofScope.put(scope, removeColumn(columns, "scope " + scope.wireName()));
        }
        Map<Role, Set<Permission>> ofRole = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            ofRole.put(role, removeColumn(columns, "role " + role.wireName()));
        }
        if (!columns.isEmpty() || !missing.isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown columns " + columns.keySet() + ", permissions without a row " + missing.keySet());
        }
        return new Permissions(ofScope, ofRole);
    }

    private static Set<Permission> removeColumn(Map<String, Set<Permission>> columns, String name) {
        Set<Permission> column = columns.remove(name);
        if (column == null) {
            throw new IllegalArgumentException("there is no column " + name);
        }
        return column;
    }

    static String read() {
        try (InputStream in = Permissions.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException("the class path has no " + FILE);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
