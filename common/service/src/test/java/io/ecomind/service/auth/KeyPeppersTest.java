package io.ecomind.service.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.EnvReader;
import io.ecomind.connect.Secret;
import java.util.Map;
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
    @ValueSource(strings = {"pepper", "v1", "a,b", "x:v1:a", "very:secret", "v-1:a"})
    void a_secret_without_versions_is_the_first(String setting) {
        KeyPeppers peppers = parse(setting);

        assertThat(peppers.newestFirst())
                .containsExactly(new KeyPeppers.Pepper(KeyPeppers.UNVERSIONED, new Secret(setting)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v2:hidden, v1:hidden",
                "v2:hidden,v1:hidden,",
                "v2:hidden ,v1:hidden",
                "v2: hidden",
                "v1:",
                "v1:hidden,b",
                "v0:hidden",
                "v01:hidden",
                "V1:hidden",
                "v1 :hidden",
                "v12345:hidden"
            })
    void what_begins_like_a_list_and_is_none_ends_the_start_and_names_the_setting(String setting) {
        assertThatThrownBy(() -> parse(setting))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("v2:NEW,v1:OLD")
                .hasMessageNotContaining("hidden");

        var env = new EnvReader(Map.of("ECOMIND_API_KEY_PEPPER", setting));
        KeyPeppers.fromEnv(env);
        assertThatThrownBy(env::check)
                .hasMessageContaining("ECOMIND_API_KEY_PEPPER is not one secret, or several like v2:NEW,v1:OLD")
                .hasMessageNotContaining("hidden");
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
