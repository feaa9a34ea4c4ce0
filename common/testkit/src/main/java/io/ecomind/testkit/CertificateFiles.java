package io.ecomind.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a server needs for TLS, as PEM files. Immutable.
 *
 * @param chain its certificate
 * @param key its private key (PKCS #8), readable by its owner only
 * @param authority the certificate that clients trust
 */
public record CertificateFiles(Path chain, Path key, Path authority) {
    static String read(Path pem) {
        try {
            return Files.readString(pem, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(pem + " could not be read", e);
        }
    }
}
