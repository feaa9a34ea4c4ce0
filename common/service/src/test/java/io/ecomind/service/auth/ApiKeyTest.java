package io.ecomind.service.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.Secret;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyTest {
    private static final KeyPeppers PEPPERS = KeyPeppers.parse(new Secret("pepper"));

    @Test
    void a_new_key_says_what_it_is_for_and_has_the_servers_checksum() {
        ApiKey key = ApiKey.generate(new SecureRandom(), "live", PEPPERS);

        assertThat(key.text().value()).matches("eco_live_" + key.id() + "_[A-Za-z0-9]{48}");
        assertThat(ApiKey.parse(key.text().value())).isEqualTo(key);
        assertThat(key.issuedWith(PEPPERS)).contains(PEPPERS.newest());
        assertThat(key.toString()).doesNotContain(key.text().value());
    }

    @Test
    void a_checksum_is_of_one_pepper_and_of_every_character() {
        String text =
                ApiKey.generate(new SecureRandom(), "live", PEPPERS).text().value();

        assertThat(parse(text).issuedWith(KeyPeppers.parse(new Secret("another"))))
                .isEmpty();
        for (int i = "eco_".length(); i < text.length(); i++) {
            char other = text.charAt(i) == 'a' ? 'b' : 'a';
            ApiKey changed = ApiKey.parse(text.substring(0, i) + other + text.substring(i + 1));
            if (changed != null) {
                assertThat(changed.issuedWith(PEPPERS)).as("character %d", i).isEmpty();
            }
        }
    }

    @Test
    void a_key_of_the_first_form_is_one_without_a_checksum() {
        ApiKey key = parse("eco_" + "a".repeat(16) + "_" + "B".repeat(40));

        assertThat(key.id()).isEqualTo("a".repeat(16));
        assertThat(key.hasChecksum()).isFalse();
        // As it was stored by the version that issued it.
        assertThat(key.hash(PEPPERS)).isEqualTo(PEPPERS.newest().hmac(key.text().value()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "eco_",
                "eco_aaaaaaaaaaaaaaaa",
                "eco_live_aaaaaaaaaaaaaaaa_short",
                "eco_LIVE_aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "eco_live_aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
                "eco_live_aaaaaaaaaaaaaaaä_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            })
    void anything_else_is_no_key(String text) {
        assertThat(ApiKey.parse(text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "l", "Live", "li_ve", "alongenvironment"})
    void an_environment_has_a_form(String environment) {
        assertThatThrownBy(() -> ApiKey.generate(new SecureRandom(), environment, PEPPERS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2..12");
    }

    private static ApiKey parse(String text) {
        ApiKey key = ApiKey.parse(text);
        assertThat(key).isNotNull();
        return key;
    }
}
