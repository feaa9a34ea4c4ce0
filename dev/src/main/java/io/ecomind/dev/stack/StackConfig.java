package io.ecomind.dev.stack;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.connect.EnvReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How to start the stack. Immutable.
 *
 * @param portBase wanted HTTP port; the others follow from it, and a free one is taken where it is in use
 * @param zone time zone of the demonstration organisation; null: as it is, and {@link DemoOrganisation#ZONE} when it is new
 * @param corsOrigins origins of web pages that may send events
 * @param plan whose rate limits the demonstration organisation has; null: as it is, and without limits when it is new
 * @param tls embedded servers and HTTP take encrypted connections only, with certificates of an authority that is made at
 *     the start
 * @param redisProgram the redis-server or valkey-server that is run; null: the one that comes with the build
 * @param tuning limits of the servers
 */
public record StackConfig(
        DataDirectory data,
        int portBase,
        ExternalServices external,
        List<String> corsOrigins,
        @Nullable ZoneId zone,
        @Nullable String plan,
        boolean tls,
        @Nullable Path redisProgram,
        StackTuning tuning) {
    private static final int MAX_PORT_BASE = 65_535 - 2_010;

    /** With the usual limits. */
    public StackConfig(
            DataDirectory data,
            int portBase,
            ExternalServices external,
            List<String> corsOrigins,
            @Nullable ZoneId zone,
            @Nullable String plan,
            boolean tls,
            @Nullable Path redisProgram) {
        this(data, portBase, external, corsOrigins, zone, plan, tls, redisProgram, StackTuning.DEFAULT);
    }

    /** The demonstration organisation stays as it is. */
    public StackConfig(DataDirectory data, int portBase, ExternalServices external) {
        this(data, portBase, external, List.of(), null, null, false, null);
    }

    /** The same with TLS between all parts. */
    public StackConfig withTls() {
        return new StackConfig(data, portBase, external, corsOrigins, zone, plan, true, redisProgram, tuning);
    }

    /** The same with other limits; only for stacks that are thrown away. */
    public StackConfig withTuning(StackTuning other) {
        return new StackConfig(data, portBase, external, corsOrigins, zone, plan, tls, redisProgram, other);
    }

    /**
     * Reads from the environment which services run already, and which web pages may send events.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    public static StackConfig fromEnv(
            DataDirectory data,
            int portBase,
            @Nullable ZoneId zone,
            @Nullable String plan,
            boolean tls,
            Map<String, String> env) {
        var reader = new EnvReader(env);
        List<String> origins = reader.origins("ECOMIND_CORS_ORIGINS");
        try {
            reader.check();
        } catch (IllegalStateException wrong) {
            throw new IllegalArgumentException(wrong.getMessage(), wrong);
        }
        String redis = env.get("ECOMIND_REDIS_PROGRAM");
        return new StackConfig(
                data,
                portBase,
                ExternalServices.fromEnv(env),
                origins,
                zone,
                plan,
                tls,
                redis == null || redis.isBlank() ? null : executable(Path.of(redis.trim())));
    }

    private static Path executable(Path program) {
        if (!Files.isExecutable(program)) {
            throw new IllegalArgumentException("ECOMIND_REDIS_PROGRAM: " + program + " is not a program");
        }
        return program.toAbsolutePath();
    }

    public StackConfig {
        corsOrigins = List.copyOf(corsOrigins);
        if (portBase < 1 || portBase > MAX_PORT_BASE) {
            throw new IllegalArgumentException("the port base must be 1.." + MAX_PORT_BASE + ", was " + portBase);
        }
    }
}
