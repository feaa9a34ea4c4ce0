package io.ecomind.jobs.runtime;

import io.ecomind.contracts.Limits;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.util.ParameterTool;

/**
 * What both jobs are told at their start. Immutable.
 *
 * @param jdbcUrl address of the database, without user and password
 * @param horizon for how long an id stays unique and a day stays open
 * @param outOfOrder by how much records of one partition may differ in the order of their receipt; at least the
 *     gateway's time limit for an acknowledgement
 * @param transactionTimeout longest outage after which a checkpoint's Kafka transaction can still be committed; the
 *     broker's transaction.max.timeout.ms must allow it
 * @param repeatTotals how often the totals that changed are sent to usage.totals once more
 * @param closeDays how often days that are due are closed
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
        Duration repeatTotals,
        Duration closeDays,
        String transactionalIdPrefix)
        implements Serializable {

    /** How long the state of an identity outlives the horizon. */
    public static final Duration GRACE = Limits.GRACE;

    private static final Duration DEFAULT_OUT_OF_ORDER = Duration.ofSeconds(15);
    private static final Duration DEFAULT_TRANSACTION_TIMEOUT = Duration.ofDays(7);
    private static final Duration DEFAULT_REPEAT_TOTALS = Duration.ofMinutes(1);
    private static final Duration DEFAULT_CLOSE_DAYS = Duration.ofSeconds(10);

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
                DEFAULT_REPEAT_TOTALS,
                DEFAULT_CLOSE_DAYS,
                "ecomind");
    }

    /** The same with another {@code repeatTotals}. */
    public JobConfig withRepeatTotals(Duration interval) {
        return with(horizon, transactionTimeout, interval, closeDays);
    }

    /** The same with another {@code closeDays}. */
    public JobConfig withCloseDays(Duration interval) {
        return with(horizon, transactionTimeout, repeatTotals, interval);
    }

    /** The same with another {@code horizon}. */
    public JobConfig withHorizon(Duration other) {
        return with(other, transactionTimeout, repeatTotals, closeDays);
    }

    /** The same with another {@code transactionTimeout}. */
    public JobConfig withTransactionTimeout(Duration timeout) {
        return with(horizon, timeout, repeatTotals, closeDays);
    }

    private JobConfig with(
            Duration newHorizon, Duration newTransactionTimeout, Duration newRepeatTotals, Duration newCloseDays) {
        return new JobConfig(
                bootstrapServers,
                jdbcUrl,
                databaseUser,
                databasePassword,
                newHorizon,
                outOfOrder,
                newTransactionTimeout,
                newRepeatTotals,
                newCloseDays,
                transactionalIdPrefix);
    }

    /**
     * Reads {@code --kafka}, {@code --database-url} and {@code --database-user} from the arguments, the password from
     * the variable ECOMIND_DATABASE_PASSWORD: arguments show up in Flink's web pages.
     */
    public static JobConfig fromArguments(String[] arguments) {
        ParameterTool parameters = ParameterTool.fromArgs(arguments);
        String password = System.getenv("ECOMIND_DATABASE_PASSWORD");
        if (password == null) {
            throw new IllegalStateException("ECOMIND_DATABASE_PASSWORD is not set");
        }
        return of(
                parameters.getRequired("kafka"),
                parameters.getRequired("database-url"),
                parameters.get("database-user", "ecomind_pipeline"),
                password);
    }

    @Override
    public String toString() {
        return "JobConfig[" + bootstrapServers + ", " + jdbcUrl + ", " + databaseUser + ", ***]";
    }
}
