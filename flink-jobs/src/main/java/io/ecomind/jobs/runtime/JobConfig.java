package io.ecomind.jobs.runtime;

import io.ecomind.contracts.Limits;
import java.io.Serializable;
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
 * @param jdbcUrl address of the database, without user and password
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
        String bootstrapServers,
        String jdbcUrl,
        String databaseUser,
        String databasePassword,
        Duration horizon,
        Duration outOfOrder,
        Duration transactionTimeout,
        Duration totalsResync,
        Duration sealEvery,
        String transactionalIdPrefix)
        implements Serializable {

    /** How long the state of an identity outlives the horizon. */
    public static final Duration GRACE = Limits.GRACE;

    private static final Duration DEFAULT_OUT_OF_ORDER = Duration.ofSeconds(15);
    private static final Duration DEFAULT_TRANSACTION_TIMEOUT = Duration.ofDays(7);
    private static final Duration DEFAULT_TOTALS_RESYNC = Duration.ofMinutes(1);
    private static final Duration DEFAULT_SEAL_EVERY = Duration.ofSeconds(10);

    /** A configuration with the defaults that production uses. */
    public static JobConfig of(String bootstrapServers, String jdbcUrl, String databaseUser, String databasePassword) {
        return new JobConfig(
                bootstrapServers,
                jdbcUrl,
                databaseUser,
                databasePassword,
                Limits.HORIZON,
                DEFAULT_OUT_OF_ORDER,
                DEFAULT_TRANSACTION_TIMEOUT,
                DEFAULT_TOTALS_RESYNC,
                DEFAULT_SEAL_EVERY,
                "ecomind");
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
                bootstrapServers,
                jdbcUrl,
                databaseUser,
                databasePassword,
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
            and only as an environment variable, since Flink's web pages show the options:
              ECOMIND_DATABASE_PASSWORD   the password of that role
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
     * @throws IllegalStateException naming every setting that is missing
     */
    public static JobConfig fromArguments(String[] arguments, Map<String, String> env) {
        ParameterTool parameters = ParameterTool.fromArgs(arguments);
        List<String> missing = new ArrayList<>();
        JobConfig config = of(
                setting(parameters, "kafka", env, "ECOMIND_KAFKA_BOOTSTRAP_SERVERS", null, missing),
                setting(parameters, "database-url", env, "ECOMIND_DATABASE_URL", null, missing),
                setting(parameters, "database-user", env, "ECOMIND_DATABASE_USER", "ecomind_pipeline", missing),
                setting(null, "", env, "ECOMIND_DATABASE_PASSWORD", null, missing));
        if (!missing.isEmpty()) {
            throw new IllegalStateException("configuration: " + String.join("; ", missing));
        }
        return config;
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
        return "JobConfig[" + bootstrapServers + ", " + jdbcUrl + ", " + databaseUser + ", ***]";
    }
}
