package io.ecomind.testkit;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate authority for the servers of one stack on loopback. Its private key stays in memory and is gone with the
 * process, so nobody can issue further certificates. Thread-safe.
 */
public final class ThrowawayAuthority {
    private static final Duration VALID_BEFORE = Duration.ofHours(1);
    private static final Duration VALID_FOR = Duration.ofDays(365);
    private static final String SIGNATURE = "SHA256withECDSA";

    private final Path folder;
    private final KeyPair keys;

    private ThrowawayAuthority(Path folder, KeyPair keys) {
        this.folder = folder;
        this.keys = keys;
    }

    /** A new authority, whose certificate is written to {@code ca.pem} in the folder. */
    public static ThrowawayAuthority create(Path folder) {
        try {
            PrivateFolders.create(folder);
            KeyPair keys = newKeys();
            X509Certificate own = sign(keys, "Throwaway authority", keys, "Throwaway authority", true);
            var authority = new ThrowawayAuthority(folder, keys);
            write(authority.certificate(), pem("CERTIFICATE", own.getEncoded()));
            return authority;
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("the certificates could not be made", e);
        }
    }

    /** PEM file of the authority's certificate. */
    public Path certificate() {
        return folder.resolve("ca.pem");
    }

    /** Issues a certificate for 127.0.0.1 and localhost, and writes it and its key to the folder. */
    public CertificateFiles issue(String server) {
        try {
            KeyPair ofServer = newKeys();
            X509Certificate issued = sign(keys, "Throwaway authority", ofServer, server, false);
            Path chain = folder.resolve(server + ".pem");
            Path key = folder.resolve(server + ".key");
            write(chain, pem("CERTIFICATE", issued.getEncoded()));
            write(key, pem("PRIVATE KEY", ofServer.getPrivate().getEncoded()));
            return new CertificateFiles(chain, key, certificate());
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("the certificate of " + server + " could not be made", e);
        }
    }

    private static KeyPair newKeys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate sign(KeyPair issuer, String issuerName, KeyPair subject, String name, boolean issues)
            throws GeneralSecurityException, OperatorCreationException, CertIOException {
        Instant now = Instant.now();
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                new X500Name("CN=" + issuerName),
                new BigInteger(127, new SecureRandom()),
                Date.from(now.minus(VALID_BEFORE)),
                Date.from(now.plus(VALID_FOR)),
                new X500Name("CN=" + name),
                subject.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(issues));
        builder.addExtension(
                Extension.keyUsage,
                true,
                new KeyUsage(KeyUsage.digitalSignature | (issues ? KeyUsage.keyCertSign : 0)));
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
            new GeneralName(GeneralName.iPAddress, "127.0.0.1"), new GeneralName(GeneralName.dNSName, "localhost")
        }));
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(issuer.getPrivate())));
    }

    private static String pem(String kind, byte[] content) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
                + "\n-----END " + kind + "-----\n";
    }

    private static void write(Path file, String text) throws IOException {
        createPrivate(file);
        Files.writeString(file, text, StandardCharsets.US_ASCII);
    }

    /** An empty file that only its owner can read, from the first moment on. */
    private static void createPrivate(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
}
