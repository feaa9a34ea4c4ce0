package io.ecomind.service.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.Secret;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyPeppersTest {
    @Test
    void versions_are_read_newest_first() {
        KeyPeppers peppers = parse("v12:new,v2:older,v1:first");

        assertThat(peppers.newestFirst().stream().map(KeyPeppers.Pepper::version))
                .containsExactly(12, 2, 1);
        assertThat(peppers.newest().secret().value()).isEqualTo("new");
        assertThat(peppers.version(2))
                .hasValueSatisfying(
                        pepper -> assertThat(pepper.secret().value()).isEqualTo("older"));
        assertThat(peppers.version(3)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pepper", "v1", "v1:", "v1:a,b", "a,b", "v0:a", "x:v1:a"})
    void a_secret_without_versions_is_the_first(String setting) {
        KeyPeppers peppers = parse(setting);

        assertThat(peppers.newestFirst())
                .containsExactly(new KeyPeppers.Pepper(KeyPeppers.UNVERSIONED, new Secret(setting)));
    }

    @Test
    void a_version_comes_once_and_there_are_not_too_many() {
        assertThatThrownBy(() -> parse("v1:a,v1:b")).hasMessage("pepper version 1 must be given once");
        assertThatThrownBy(() -> parse("v1:a,v2:a,v3:a,v4:a,v5:a,v6:a,v7:a,v8:a,v9:a"))
                .hasMessage("peppers must be 1..8 versions, were 9");
    }

    @Test
    void no_pepper_is_printed() {
        assertThat(parse("v2:hidden,v1:hidden").toString()).doesNotContain("hidden");
    }

    private static KeyPeppers parse(String setting) {
        return KeyPeppers.parse(new Secret(setting));
    }
}
