package io.ecomind.cli.profile;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the options of a command say about an installation; null where an option was not given. Immutable.
 *
 * @param file a profile file
 * @param data data directory of an embedded stack
 * @param databaseUrl without a password
 * @param apiKeyFile its content is an API key
 */
public record ProfileFlags(
        @Nullable Path file,
        @Nullable Path data,
        @Nullable String databaseUrl,
        @Nullable String databaseUser,
        @Nullable Path databasePasswordFile,
        @Nullable String kafka,
        @Nullable String http,
        @Nullable Path apiKeyFile) {
    /** No option given. */
    public static final ProfileFlags NONE = new ProfileFlags(null, null, null, null, null, null, null, null);
}
