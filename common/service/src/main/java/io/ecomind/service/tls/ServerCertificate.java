package io.ecomind.service.tls;

import io.grpc.util.AdvancedTlsX509KeyManager;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * A server's certificate, read again when its files change, so that a renewed one needs no restart. Connections that are open
 * keep theirs; files that cannot be read leave the last one in use. Thread-safe.
 */
public final class ServerCertificate implements AutoCloseable {
    /** How often the files are looked at. */
    private static final Duration RELOAD_EVERY = Duration.ofSeconds(5);

    private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
    private final ScheduledExecutorService reader = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "certificate-reload");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * Reads the files.
     *
     * @throws IllegalStateException when they hold no certificate with its key
     */
    public ServerCertificate(TlsFiles files) {
        try {
            keys.updateIdentityCredentials(
                    files.certificate().toFile(),
                    files.key().toFile(),
                    RELOAD_EVERY.toMillis(),
                    TimeUnit.MILLISECONDS,
                    reader);
        } catch (IOException | GeneralSecurityException | RuntimeException unreadable) {
            reader.shutdownNow();
            throw new IllegalStateException(
                    "ECOMIND_TLS_CERTIFICATE and ECOMIND_TLS_KEY hold no certificate in PEM with its key in PKCS#8",
                    unreadable);
        }
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
}
