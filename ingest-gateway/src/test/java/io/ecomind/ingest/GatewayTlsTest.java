package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.IngestRequest;
import io.ecomind.contracts.v1.IngestServiceGrpc;
import io.ecomind.service.tls.TlsFiles;
import io.ecomind.testkit.SelfSignedCertificate;
import io.ecomind.testkit.TestKafka;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Clock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTP and gRPC by TLS, with a certificate that is renewed while the gateway runs. */
@Tag("integration")
class GatewayTlsTest {
    @TempDir
    private Path folder;

    @Test
    void a_renewed_certificate_is_shown_to_new_connections_of_http_and_grpc() throws Exception {
        SelfSignedCertificate used = SelfSignedCertificate.create(folder, "used");
        Path first = Files.copy(used.certificate(), folder.resolve("first.crt"));
        SelfSignedCertificate second = SelfSignedCertificate.create(folder, "second");
        GatewayConfig config = TestGateway.config(TestKafka.bootstrapServers(), TestGateway.redisUrl())
                .withTls(new TlsFiles(used.certificate(), used.key()));
        try (TestGateway gateway = TestGateway.start(config, Clock.systemUTC())) {
            assertThat(overHttp(gateway, first))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("Strict-Transport-Security: max-age=31536000\r\n");
            assertThat(overGrpc(gateway, first)).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(overHttp(gateway, second.certificate())).isEqualTo("not trusted");
            assertThat(overGrpc(gateway, second.certificate())).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(withoutTls(gateway)).doesNotContain("200");

            Files.copy(second.key(), used.key(), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(second.certificate(), used.certificate(), StandardCopyOption.REPLACE_EXISTING);
            TestGateway.await(() -> overHttp(gateway, second.certificate()).startsWith("HTTP/1.1 200 "));
            TestGateway.await(() -> overGrpc(gateway, second.certificate()) == Status.Code.UNAUTHENTICATED);
            assertThat(overHttp(gateway, first)).isEqualTo("not trusted");
        }
    }

    private static String overHttp(TestGateway gateway, Path trusted) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trusting(trusted).getTrustManagers(), null);
            try (var socket = (SSLSocket)
                    context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), gateway.httpPort)) {
                return ask(socket);
            }
        } catch (SSLException notTrusted) {
            return "not trusted";
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String withoutTls(TestGateway gateway) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.httpPort)) {
            return ask(socket);
        }
    }

    private static String ask(Socket socket) throws IOException {
        socket.setSoTimeout(30_000);
        socket.getOutputStream()
                .write("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static Status.Code overGrpc(TestGateway gateway, Path trusted) {
        ManagedChannel channel;
        try {
            channel = NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort)
                    .sslContext(GrpcSslContexts.forClient()
                            .trustManager(trusted.toFile())
                            .build())
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
        try {
            IngestServiceGrpc.newBlockingStub(channel).ingest(IngestRequest.getDefaultInstance());
            return Status.Code.OK;
        } catch (StatusRuntimeException ended) {
            return ended.getStatus().getCode();
        } finally {
            channel.shutdownNow();
        }
    }

    private static TrustManagerFactory trusting(Path file) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(file)) {
            Certificate certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
            trusted.setCertificateEntry("server", certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory;
    }
}
