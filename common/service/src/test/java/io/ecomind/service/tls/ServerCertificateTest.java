package io.ecomind.service.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.EnvReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerCertificateTest {
    @TempDir
    private Path folder;

    @Test
    void files_that_hold_no_certificate_are_refused_at_the_start() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.pem"), "");
        assertThatThrownBy(() -> new ServerCertificate(new TlsFiles(empty, empty)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ECOMIND_TLS_CERTIFICATE");
        Path missing = folder.resolve("missing.pem");
        assertThatThrownBy(() -> new ServerCertificate(new TlsFiles(missing, missing)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void both_files_are_set_or_neither() {
        assertThat(TlsFiles.fromEnv(new EnvReader(Map.of()))).isNull();
        assertThat(TlsFiles.fromEnv(
                        new EnvReader(Map.of("ECOMIND_TLS_CERTIFICATE", "a.pem", "ECOMIND_TLS_KEY", "b.pem"))))
                .isEqualTo(new TlsFiles(Path.of("a.pem"), Path.of("b.pem")));
        assertThatThrownBy(() -> TlsFiles.fromEnv(new EnvReader(Map.of("ECOMIND_TLS_KEY", "b.pem"))))
                .hasMessageContaining("both or neither");
    }
}
