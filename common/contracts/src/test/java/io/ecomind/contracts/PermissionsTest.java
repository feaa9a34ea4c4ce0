package io.ecomind.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PermissionsTest {
    private static final String FILE = Permissions.read();

    @ParameterizedTest
    @EnumSource
    void each_permission_is_granted_by_one_scope(Permission permission) {
        // Documents and messages name the scope that a key needs: one.
        assertThat(Permissions.get().scopesThatGrant(permission)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void an_owner_has_each_permission(Permission permission) {
        assertThat(Permissions.get().grants(Role.OWNER, permission)).isTrue();
    }

    @Test
    void scopes_do_not_include_each_other() {
        assertThat(Permissions.get().scopesThatGrant(Permission.USAGE_READ)).isEqualTo(Set.of(Scope.READ));
        assertThat(Permissions.get().grants(Scope.MANAGE, Permission.USAGE_READ))
                .isFalse();
    }

    @Test
    void an_auditor_changes_nothing() {
        Set<Permission> granted = EnumSet.noneOf(Permission.class);
        for (Permission permission : Permission.values()) {
            if (Permissions.get().grants(Role.AUDITOR, permission)) {
                granted.add(permission);
            }
        }
        assertThat(granted)
                .isNotEmpty()
                .allSatisfy(permission -> assertThat(permission.wireName()).endsWith(":read"));
    }

    @Test
    void a_permission_without_a_row_is_seen() {
        assertThatThrownBy(() -> Permissions.parse(FILE.replaceAll("(?m)^factors:read.*\\n", "")))
                .hasMessageContaining("factors:read");
    }

    @Test
    void an_unknown_permission_is_seen() {
        assertThatThrownBy(() -> Permissions.parse(FILE.replace("usage:read", "usage:reed")))
                .hasMessageContaining("usage:reed");
    }

    @Test
    void an_unknown_and_an_absent_column_are_seen() {
        assertThatThrownBy(() -> Permissions.parse(FILE.replace("role auditor", "role controller")))
                .hasMessageContaining("role auditor");
        assertThatThrownBy(() -> Permissions.parse(
                        FILE.replaceAll("(?m)$(?=\\n)", ",yes").replaceFirst(",yes\\n", ",role guest\n")))
                .hasMessageContaining("role guest");
    }

    @Test
    void a_cell_is_yes_or_empty() {
        assertThatThrownBy(() -> Permissions.parse(FILE.replaceFirst("usage:write,yes", "usage:write,true")))
                .hasMessageContaining("true");
    }

    @Test
    void a_permission_that_nothing_grants_is_seen() {
        assertThatThrownBy(() -> Permissions.parse(FILE.replaceAll("(?m)^(factors:read).*$", "$1,,,,,,,,,,")))
                .hasMessageContaining("nothing grants factors:read");
    }
}
