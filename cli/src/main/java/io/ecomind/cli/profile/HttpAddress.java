package io.ecomind.cli.profile;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Where the HTTP API of an installation is. Immutable.
 *
 * @param url without a slash at its end
 * @param certificateAuthority PEM file of the certificates to trust with HTTPS; null: those that Java trusts
 */
public record HttpAddress(String url, @Nullable Path certificateAuthority) {
    /**
     * A client that trusts the authority.
     *
     * @throws CommandException when its file cannot be used
     */
    public HttpClient.Builder newClient() {
        HttpClient.Builder client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        return certificateAuthority == null ? client : client.sslContext(trusting(certificateAuthority));
    }

    private static SSLContext trusting(Path file) {
        try (InputStream pem = Files.newInputStream(file)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                trusted.setCertificateEntry("authority-" + number++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw CommandException.wrongUsage(file + " cannot be used as certificates to trust: "
                    + e.getClass().getSimpleName());
        }
    }
}
