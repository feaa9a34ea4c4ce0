package io.ecomind.jobs.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.SecurityOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;

/**
 * Closes the ports of a Flink cluster that lives in one JVM. Such a cluster opens a REST port, by which everybody on the
 * machine could cancel its jobs or have it run a program, and a port for files, although its own parts call each other
 * directly. Flink cannot leave them out, so both ask for TLS with a key store that is empty: no handshake succeeds.
 *
 * <p>Only for clusters with a single task manager: several would exchange records over the network. Stateless.
 */
public final class UnreachablePorts {
    /** Name of the key store in its folder. */
    static final String KEY_STORE = "empty.p12";

    private static final String LOOPBACK = "127.0.0.1";

    private UnreachablePorts() {}

    /**
     * Adds the settings.
     *
     * @param folder for the key store; its caller removes it when the cluster has ended
     */
    public static void configure(Configuration configuration, Path folder) throws IOException {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        String store = emptyKeyStore(folder.resolve(KEY_STORE), password).toString();

        configuration.set(RestOptions.BIND_ADDRESS, LOOPBACK);
        configuration.set(RestOptions.ADDRESS, LOOPBACK);
        configuration.set(RestOptions.BIND_PORT, "0");
        configuration.set(JobManagerOptions.BIND_HOST, LOOPBACK);
        configuration.set(TaskManagerOptions.BIND_HOST, LOOPBACK);
        configuration.set(TaskManagerOptions.HOST, LOOPBACK);
        configuration.set(BlobServerOptions.PORT, "0");
        configuration.set(WebOptions.SUBMIT_ENABLE, false);
        configuration.set(WebOptions.CANCEL_ENABLE, false);

        configuration.set(SecurityOptions.SSL_REST_ENABLED, true);
        configuration.set(SecurityOptions.SSL_REST_AUTHENTICATION_ENABLED, true);
        configuration.set(SecurityOptions.SSL_REST_KEYSTORE, store);
        configuration.set(SecurityOptions.SSL_REST_KEYSTORE_PASSWORD, password);
        configuration.set(SecurityOptions.SSL_REST_KEY_PASSWORD, password);
        configuration.set(SecurityOptions.SSL_REST_TRUSTSTORE, store);
        configuration.set(SecurityOptions.SSL_REST_TRUSTSTORE_PASSWORD, password);
        configuration.set(SecurityOptions.SSL_INTERNAL_ENABLED, true);
        configuration.set(SecurityOptions.SSL_INTERNAL_KEYSTORE, store);
        configuration.set(SecurityOptions.SSL_INTERNAL_KEYSTORE_PASSWORD, password);
        configuration.set(SecurityOptions.SSL_INTERNAL_KEY_PASSWORD, password);
        configuration.set(SecurityOptions.SSL_INTERNAL_TRUSTSTORE, store);
        configuration.set(SecurityOptions.SSL_INTERNAL_TRUSTSTORE_PASSWORD, password);
        // Descriptions of tasks above this size would be fetched by the port for files.
        configuration.set(BlobServerOptions.OFFLOAD_MINSIZE, Integer.MAX_VALUE);
    }

    private static Path emptyKeyStore(Path file, String password) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.store(out, password.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IOException("an empty key store could not be made", e);
        }
        return file;
    }
}
