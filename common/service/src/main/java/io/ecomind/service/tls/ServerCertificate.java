package io.ecomind.service.tls;

import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.CertificateUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyManagementException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's certificate, read again when its files change, so that a renewed one needs no restart. Connections that are open
 * keep theirs; files that cannot be read, or of which only one has been renewed yet, leave the last one in use. Thread-safe.
 */
public final class ServerCertificate implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ServerCertificate.class);

    /** How often the files are looked at. gRPC's key manager, which could do it too, does not look more than once a minute. */
    private static final Duration RELOAD_EVERY = Duration.ofSeconds(5);

    private final TlsFiles files;
    private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
    private final ScheduledExecutorService reader = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "certificate-reload");
        thread.setDaemon(true);
        return thread;
    });

    /** When the files in use were written; only the reader's thread changes it after the start. */
    private List<FileTime> written;

    /**
     * Reads the files.
     *
     * @throws IllegalStateException when they hold no certificate with its key
     */
    public ServerCertificate(TlsFiles files) {
        this.files = files;
        try {
            written = writtenAt(files);
            read();
        } catch (IOException | GeneralSecurityException | RuntimeException unreadable) {
            reader.shutdownNow();
            throw new IllegalStateException(
                    "ECOMIND_TLS_CERTIFICATE and ECOMIND_TLS_KEY hold no certificate in PEM with its key in PKCS#8",
                    unreadable);
        }
        reader.scheduleWithFixedDelay(
                this::readWhenChanged, RELOAD_EVERY.toMillis(), RELOAD_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Gives the current certificate at each handshake. */
    public X509ExtendedKeyManager keyManager() {
        return keys;
    }

    /** For servers that use Java's own TLS. */
    public SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, null, null);
            return context;
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("TLS is part of every Java runtime", missing);
        }
    }

    @Override
    public void close() {
        reader.shutdownNow();
    }

    private void readWhenChanged() {
        try {
            List<FileTime> now = writtenAt(files);
            if (now.equals(written)) {
                return;
            }
            read();
            written = now;
            log.atInfo().log("the server's certificate was read again");
        } catch (IOException | GeneralSecurityException | RuntimeException unreadable) {
            // Looked at again: the two files are renewed one after the other.
            log.atWarn().setCause(unreadable).log("the renewed certificate cannot be used yet, the one before goes on");
        }
    }

    private void read() throws IOException, GeneralSecurityException {
        X509Certificate[] chain;
        PrivateKey key;
        try (InputStream in = Files.newInputStream(files.certificate())) {
            chain = CertificateUtils.getX509Certificates(in);
        }
        try (InputStream in = Files.newInputStream(files.key())) {
            key = CertificateUtils.getPrivateKey(in);
        }
        if (chain.length == 0 || !belong(key, chain[0])) {
            throw new KeyManagementException("the key is not that of the certificate");
        }
        keys.updateIdentityCredentials(chain, key);
    }

    private static boolean belong(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] message = {1};
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(message);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(message);
        return signature.verify(signed);
    }

    private static List<FileTime> writtenAt(TlsFiles files) throws IOException {
        return List.of(Files.getLastModifiedTime(files.certificate()), Files.getLastModifiedTime(files.key()));
    }
}
