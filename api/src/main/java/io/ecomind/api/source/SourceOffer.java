package io.ecomind.api.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The source code offer that section 13 of the AGPL-3.0 requires for users over a network. Immutable.
 *
 * @param version of the program
 * @param sourceUrl where the source of this very version is, with its changes, as it was given to the build; null when it
 *     was not
 */
record SourceOffer(@Nullable String version, @Nullable String sourceUrl) {
    static final String LICENCE = "AGPL-3.0-or-later";

    /** As the build has written it beside this class. */
    static SourceOffer ofBuild() {
        var build = new Properties();
        try (InputStream in = SourceOffer.class.getResourceAsStream("build.properties")) {
            if (in != null) {
                build.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("build.properties cannot be read", e);
        }
        return new SourceOffer(given(build.getProperty("version")), given(build.getProperty("source.url")));
    }

    String sentence() {
        return sourceUrl == null
                ? "The complete source code of this service, including its changes, is available from its operator."
                : "The complete source code of this service, including its changes, is available at " + sourceUrl;
    }

    /** Null for what was left out, or was not filled in because the classes were not built by Maven. */
    private static @Nullable String given(@Nullable String value) {
        return value == null || value.isBlank() || value.startsWith("${") ? null : value.trim();
    }
}
