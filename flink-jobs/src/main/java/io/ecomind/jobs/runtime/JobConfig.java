package io.ecomind.jobs.runtime;

import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.Secret;
import io.ecomind.contracts.Limits;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.util.ParameterTool;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a Flink job. Immutable.
 *
 * @param horizon for how long an id stays unique and a day stays open
 * @param outOfOrder by how much records of one partition may differ in the order of their receipt; at least the
 *     gateway's time limit for an acknowledgement
 * @param transactionTimeout longest outage after which a checkpoint's Kafka transaction can still be committed; the
 *     broker's transaction.max.timeout.ms must allow it
 * @param totalsResync how often the totals that changed are sent to usage.totals once more
 * @param sealEvery how often days that are due are sealed
 * @param transactionalIdPrefix prefix of Kafka transactional ids; stays the same over restarts of a job
 */
public record JobConfig(
        KafkaSettings kafka,
        DatabaseSettings database,
        Duration horizon,
        Duration outOfOrder,
        Duration transactionTimeout,
        Duration totalsResync,
        Duration sealEvery,
        String transactionalIdPrefix)
        implements Serializable {

    /** How long the state of an identity outlives the horizon. */
    public static final Duration GRACE = Limits.GRACE;

    /** What the names of all of the jobs' Kafka transactions begin with. */
    public static final String TRANSACTIONAL_ID_PREFIX = "ecomind";

    private static final Duration DEFAULT_OUT_OF_ORDER = Duration.ofSeconds(15);
    private static final Duration DEFAULT_TRANSACTION_TIMEOUT = Duration.ofDays(7);
    private static final Duration DEFAULT_TOTALS_RESYNC = Duration.ofMinutes(1);
    private static final Duration DEFAULT_SEAL_EVERY = Duration.ofSeconds(10);

    /** A configuration with the defaults that production uses. */
    public static JobConfig of(KafkaSettings kafka, DatabaseSettings database) {
        return new JobConfig(
                kafka,
                database,
                Limits.HORIZON,
                DEFAULT_OUT_OF_ORDER,
                DEFAULT_TRANSACTION_TIMEOUT,
                DEFAULT_TOTALS_RESYNC,
                DEFAULT_SEAL_EVERY,
                TRANSACTIONAL_ID_PREFIX);
    }

    /** The same for a Kafka without encryption and credentials. */
    public static JobConfig of(String bootstrapServers, String jdbcUrl, String databaseUser, String databasePassword) {
        return of(
                KafkaSettings.plaintext(bootstrapServers),
                new DatabaseSettings(jdbcUrl, databaseUser, new Secret(databasePassword)));
    }

    /** The same with another {@code totalsResync}. */
    public JobConfig withTotalsResync(Duration interval) {
        return with(horizon, transactionTimeout, interval, sealEvery);
    }

    /** The same with another {@code sealEvery}. */
    public JobConfig withSealEvery(Duration interval) {
        return with(horizon, transactionTimeout, totalsResync, interval);
    }

    /** The same with another {@code horizon}. */
    public JobConfig withHorizon(Duration other) {
        return with(other, transactionTimeout, totalsResync, sealEvery);
    }

    /** The same with another {@code transactionTimeout}. */
    public JobConfig withTransactionTimeout(Duration timeout) {
        return with(horizon, timeout, totalsResync, sealEvery);
    }

    private JobConfig with(
            Duration newHorizon, Duration newTransactionTimeout, Duration newTotalsResync, Duration newSealEvery) {
        return new JobConfig(
                kafka,
                database,
                newHorizon,
                outOfOrder,
                newTransactionTimeout,
                newTotalsResync,
                newSealEvery,
                transactionalIdPrefix);
    }

    /** What the main method of each job prints for {@code --help}. */
    public static final String USAGE = """
            options, each of which may also be an environment variable:
              --kafka HOST:PORT,…    Kafka's bootstrap servers (ECOMIND_KAFKA_BOOTSTRAP_SERVERS)
              --database-url URL     jdbc:postgresql://HOST:PORT/NAME, without user and password (ECOMIND_DATABASE_URL)
              --database-user ROLE   the database role, ecomind_pipeline if not given (ECOMIND_DATABASE_USER)
              --kafka-config FILE    properties of Kafka's clients: security.protocol, sasl.…, ssl.…
                                     (ECOMIND_KAFKA_CONFIG)
              --database-config FILE properties of PostgreSQL's driver: sslmode, sslrootcert, …, user, password
                                     (ECOMIND_DATABASE_CONFIG)
            and only as an environment variable, since Flink's web pages show the options:
              ECOMIND_DATABASE_PASSWORD   the password of that role, unless the file has it
            """;

    /** Prints what the options are when they were asked for; the job is then not to be started. */
    public static boolean printedHelp(String job, String[] arguments) {
        if (!Arrays.asList(arguments).contains("--help")) {
            return false;
        }
        System.out.print("job " + job + "; " + USAGE);
        return true;
    }

    /** Reads what {@link #USAGE} lists from the arguments and the environment of this process. */
    public static JobConfig fromArguments(String[] arguments) {
        return fromArguments(arguments, System.getenv());
    }

    /**
     * Reads what {@link #USAGE} lists; an argument takes precedence over the variable.
     *
     * @throws IllegalStateException naming every setting that is missing or wrong
     */
    public static JobConfig fromArguments(String[] arguments, Map<String, String> env) {
        ParameterTool parameters = ParameterTool.fromArgs(arguments);
        List<String> problems = new ArrayList<>();
        String servers = setting(parameters, "kafka", env, "ECOMIND_KAFKA_BOOTSTRAP_SERVERS", null, problems);
        String url = setting(parameters, "database-url", env, "ECOMIND_DATABASE_URL", null, problems);
        String user = setting(parameters, "database-user", env, "ECOMIND_DATABASE_USER", "ecomind_pipeline", problems);
        String kafkaFile = setting(parameters, "kafka-config", env, "ECOMIND_KAFKA_CONFIG", "", problems);
        String databaseFile = setting(parameters, "database-config", env, "ECOMIND_DATABASE_CONFIG", "", problems);
        KafkaSettings kafka = KafkaSettings.plaintext(servers);
        DatabaseSettings database = new DatabaseSettings(url, user, new Secret(""));
        try {
            kafka = kafkaFile.isEmpty() ? kafka : KafkaSettings.load(servers, Path.of(kafkaFile));
        } catch (IllegalArgumentException wrong) {
            problems.add("ECOMIND_KAFKA_CONFIG: " + wrong.getMessage());
        }
        try {
            database = databaseFile.isEmpty() ? database : database.with(Path.of(databaseFile));
        } catch (IllegalArgumentException wrong) {
            problems.add("ECOMIND_DATABASE_CONFIG: " + wrong.getMessage());
        }
        if (database.password().value().isEmpty()) {
            database = new DatabaseSettings(
                    database.jdbcUrl(),
                    database.user(),
                    new Secret(setting(null, "", env, "ECOMIND_DATABASE_PASSWORD", null, problems)));
        }
        if (!problems.isEmpty()) {
            throw new IllegalStateException("configuration: " + String.join("; ", problems));
        }
        return of(kafka, database);
    }

    /** @param parameters null: the variable only */
    private static String setting(
            @Nullable ParameterTool parameters,
            String option,
            Map<String, String> env,
            String variable,
            @Nullable String defaultValue,
            List<String> missing) {
        String fromEnv = env.get(variable);
        if (parameters != null && parameters.has(option)) {
            return parameters.getRequired(option);
        }
        if (fromEnv != null && !fromEnv.isBlank()) {
            return fromEnv.trim();
        }
        if (defaultValue != null) {
            return defaultValue;
        }
        missing.add((parameters == null ? "" : "--" + option + " is not given and ") + variable + " is not set");
        return "";
    }

    @Override
    public String toString() {
        return "JobConfig[" + kafka + ", " + database + "]";
    }
}
