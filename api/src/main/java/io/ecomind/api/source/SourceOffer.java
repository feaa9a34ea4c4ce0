package io.ecomind.api.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What AGPL-3.0, section 13, has those told who use the program over a network. Immutable.
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
                ? "You may have the complete source of the program that answers here, with its changes: ask whoever runs it."
                : "You may have the complete source of the program that answers here, with its changes: " + sourceUrl;
    }

    /** Null for what was left out, or was not filled in because the classes were not built by Maven. */
    private static @Nullable String given(@Nullable String value) {
        return value == null || value.isBlank() || value.startsWith("${") ? null : value.trim();
    }
}
