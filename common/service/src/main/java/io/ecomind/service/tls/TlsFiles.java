package io.ecomind.service.tls;

import io.ecomind.connect.EnvReader;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files of a server's certificate. Immutable.
 *
 * @param certificate PEM, the server's own certificate first, then those that lead to an authority
 * @param key PEM, PKCS#8 without a password
 */
public record TlsFiles(Path certificate, Path key) {
    private static final String NONE = "none";

    /** Null when the server takes connections without TLS, as behind a proxy that ends it. */
    public static @Nullable TlsFiles fromEnv(EnvReader env) {
        String certificate = env.text("ECOMIND_TLS_CERTIFICATE", NONE);
        String key = env.text("ECOMIND_TLS_KEY", NONE);
        if (certificate.equals(NONE) != key.equals(NONE)) {
            throw new IllegalStateException(
                    "configuration: ECOMIND_TLS_CERTIFICATE and ECOMIND_TLS_KEY must be set both or neither");
        }
        return certificate.equals(NONE) ? null : new TlsFiles(Path.of(certificate), Path.of(key));
    }
}
