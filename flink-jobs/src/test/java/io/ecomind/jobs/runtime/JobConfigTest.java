package io.ecomind.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class JobConfigTest {
    private static final Map<String, String> ENV = Map.of(
            "ECOMIND_KAFKA_BOOTSTRAP_SERVERS", "kafka:9092",
            "ECOMIND_DATABASE_URL", "jdbc:postgresql://db/eco",
            "ECOMIND_DATABASE_USER", "writer",
            "ECOMIND_DATABASE_PASSWORD", "secret");

    @Test
    void every_setting_may_come_from_the_environment() {
        assertThat(JobConfig.fromArguments(new String[0], ENV))
                .isEqualTo(JobConfig.of("kafka:9092", "jdbc:postgresql://db/eco", "writer", "secret"));
    }

    @Test
    void an_argument_goes_before_the_variable_and_the_role_has_a_default() {
        String[] arguments = {"--kafka", "other:1", "--database-url", "jdbc:postgresql://other/x"};

        assertThat(JobConfig.fromArguments(arguments, ENV))
                .isEqualTo(JobConfig.of("other:1", "jdbc:postgresql://other/x", "writer", "secret"));
        assertThat(JobConfig.fromArguments(arguments, Map.of("ECOMIND_DATABASE_PASSWORD", "p")))
                .isEqualTo(JobConfig.of("other:1", "jdbc:postgresql://other/x", "ecomind_pipeline", "p"));
    }

    @Test
    void all_that_is_missing_is_named_at_once_and_the_password_is_no_argument() {
        assertThatThrownBy(() -> JobConfig.fromArguments(new String[] {"--database-password", "p"}, Map.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("configuration: --kafka is not given and ECOMIND_KAFKA_BOOTSTRAP_SERVERS is not set;"
                        + " --database-url is not given and ECOMIND_DATABASE_URL is not set;"
                        + " ECOMIND_DATABASE_PASSWORD is not set");
    }

    @Test
    void help_is_printed_only_when_it_is_asked_for() {
        assertThat(JobConfig.printedHelp("enrichment", new String[] {"--kafka", "k:1"}))
                .isFalse();
        assertThat(JobConfig.printedHelp("enrichment", new String[] {"--help"})).isTrue();
    }
}
