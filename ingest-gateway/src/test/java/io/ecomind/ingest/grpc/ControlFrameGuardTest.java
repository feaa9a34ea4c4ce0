package io.ecomind.ingest.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.ingest.grpc.GrpcLimits.GrpcConnections;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.tls.TlsFiles;
import io.ecomind.testkit.SelfSignedCertificate;
import io.ecomind.testkit.TestDatabase;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Floods of frames that carry nothing of a call. */
@Tag("integration")
class ControlFrameGuardTest {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int PRIORITY = 2;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int END_STREAM = 1;
    private static final int ENHANCE_YOUR_CALM = 11;

    /** So many that they are over the limit of a second although its end may come in between. */
    private static final int FLOOD = 2 * GrpcLimits.DEFAULT.connections().controlFramesPerSecond() + 2;

    private final PrometheusRegistry metrics = new PrometheusRegistry();
    private final Authenticator authenticator =
            new Authenticator(TestDatabase.get().as("ecomind_gateway"), TestDatabase.PEPPER);

    @TempDir
    private Path folder;

    private @Nullable GrpcServer server;
    private @Nullable Socket socket;

    @AfterEach
    void close() throws Exception {
        if (socket != null) {
            socket.close();
        }
        if (server != null) {
            server.shutdown();
            server.awaitEnd(Duration.ofSeconds(30));
            server.close();
        }
        authenticator.close();
    }

    @ParameterizedTest
    @CsvSource({
        "PRIORITY, 2, 1, 0000000010",
        "RST_STREAM, 3, 1, 00000008",
        "SETTINGS, 4, 0, ''",
        "WINDOW_UPDATE, 8, 0, 00000001",
        "an unknown type, 32, 0, ''"
    })
    void a_flood_without_a_key_ends_its_connection(String name, int type, int stream, String payload) throws Exception {
        open(start(null));
        call(null);
        repeat(type, 0, stream, bytes(payload));

        assertThat(goAway()).isEqualTo(ENHANCE_YOUR_CALM);
        assertThat(refused()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "15"})
    void data_without_content_is_no_message(int length) throws Exception {
        open(start(null));
        call(null);
        repeat(DATA, 0, 1, new byte[length]);

        assertThat(goAway()).isEqualTo(ENHANCE_YOUR_CALM);
    }

    @Test
    void a_flood_of_pings_ends_its_connection() throws Exception {
        open(start(null));
        repeat(PING, 0, 0, new byte[8]);

        // The server has a limit of its own for these, with the same answer.
        assertThat(goAway()).isEqualTo(ENHANCE_YOUR_CALM);
    }

    @Test
    void headers_in_many_pieces_are_a_flood() throws Exception {
        open(start(null));
        write(frame(HEADERS, 0, 1, new byte[0]));
        repeat(9, 0, 1, new byte[0]);

        // The decoder has a limit of its own for empty pieces, with the same answer.
        assertThat(goAway()).isEqualTo(ENHANCE_YOUR_CALM);
    }

    @Test
    void a_flood_is_seen_behind_tls() throws Exception {
        SelfSignedCertificate certificate = SelfSignedCertificate.create(folder, "server");
        openEncrypted(start(new TlsFiles(certificate.certificate(), certificate.key())), certificate.certificate());
        repeat(PRIORITY, 0, 1, bytes("0000000010"));

        assertThat(goAway()).isEqualTo(ENHANCE_YOUR_CALM);
        assertThat(refused()).isEqualTo(1);
    }

    @Test
    void fewer_frames_are_taken() throws Exception {
        open(start(null));
        for (int i = 0; i < GrpcLimits.DEFAULT.connections().controlFramesPerSecond() - 2; i++) {
            write(frame(PRIORITY, 0, 1, bytes("0000000010")));
        }
        write(frame(PING, 0, 0, new byte[8]));

        awaitPong();
        assertThat(refused()).isZero();
    }

    @Test
    void a_call_with_a_key_brings_a_higher_limit() throws Exception {
        TestDatabase.get().addOrganisation("frames", "team", "UTC");
        ApiKey key = TestDatabase.get().addKey("frames", Set.of("ingest"));
        open(start(null));
        call(key);
        awaitEndOfStream();
        repeat(PRIORITY, 0, 1, bytes("0000000010"));
        write(frame(PING, 0, 0, new byte[8]));

        awaitPong();
        assertThat(refused()).isZero();
    }

    @Test
    void a_key_takes_no_limit_away() throws Exception {
        TestDatabase.get().addOrganisation("many-frames", "team", "UTC");
        ApiKey key = TestDatabase.get().addKey("many-frames", Set.of("ingest"));
        GrpcConnections most = GrpcLimits.DEFAULT.connections();
        open(start(
                null,
                GrpcLimits.DEFAULT.with(
                        new GrpcConnections(most.total(), most.perOrganisation(), most.controlFramesPerSecond(), 10))));
        call(key);
        awaitEndOfStream();
        repeat(PRIORITY, 0, 1, bytes("0000000010"));

        assertThat(goAway()).isEqualTo(ENHANCE_YOUR_CALM);
    }

    private int start(@Nullable TlsFiles tls) {
        return start(tls, GrpcLimits.DEFAULT);
    }

    // No call comes as far as the service.
    @SuppressWarnings("NullAway")
    private int start(@Nullable TlsFiles tls, GrpcLimits limits) {
        GrpcServer started = GrpcServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                tls,
                limits,
                ItemLimits.DEFAULT,
                authenticator,
                null,
                metrics);
        server = started;
        return started.port();
    }

    private void open(int port) throws IOException {
        connected(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    private void openEncrypted(int port, Path trusted) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(trusted)) {
            store.setCertificateEntry(
                    "server", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        var encrypted = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        var parameters = encrypted.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        encrypted.setSSLParameters(parameters);
        connected(encrypted);
    }

    private void connected(Socket opened) throws IOException {
        socket = opened;
        opened.setSoTimeout(30_000);
        opened.setTcpNoDelay(true);
        write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        write(frame(4, 0, 0, new byte[0]));
    }

    /** A call whose message is announced and does not come. */
    private void call(@Nullable ApiKey key) throws IOException {
        var block = new ByteArrayOutputStream();
        for (Map.Entry<String, String> header : Map.of(
                        ":method", "POST",
                        ":scheme", "http",
                        ":path", "/ecomind.v1.IngestService/Ingest",
                        ":authority", "localhost")
                .entrySet()) {
            literal(block, header.getKey(), header.getValue());
        }
        literal(block, "content-type", "application/grpc");
        literal(block, "te", "trailers");
        if (key != null) {
            literal(block, "authorization", "Bearer " + key.text().value());
        }
        write(frame(HEADERS, END_HEADERS | (key == null ? 0 : END_STREAM), 1, block.toByteArray()));
    }

    /** A header that is neither indexed nor compressed. */
    private static void literal(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        for (String text : new String[] {name, value}) {
            block.write(text.length());
            block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void repeat(int type, int flags, int stream, byte[] payload) throws IOException {
        var all = new ByteArrayOutputStream();
        byte[] one = frame(type, flags, stream, payload);
        for (int i = 0; i < FLOOD; i++) {
            all.writeBytes(one);
        }
        write(all.toByteArray());
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private void write(byte[] bytes) throws IOException {
        opened().getOutputStream().write(bytes);
    }

    private Socket opened() {
        if (socket == null) {
            throw new IllegalStateException("not connected");
        }
        return socket;
    }

    /** A frame of the server. */
    private record Frame(int type, int flags, byte[] payload) {}

    private Frame read() throws IOException {
        var in = new DataInputStream(opened().getInputStream());
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        in.readInt();
        return new Frame(type, flags, in.readNBytes(length));
    }

    private int goAway() throws IOException {
        Frame frame = read();
        while (frame.type() != GOAWAY) {
            frame = read();
        }
        return ByteBuffer.wrap(frame.payload()).getInt(4);
    }

    private void awaitPong() throws IOException {
        Frame frame = read();
        while (frame.type() != PING || frame.flags() != ACK) {
            assertThat(frame.type()).isNotEqualTo(GOAWAY);
            frame = read();
        }
    }

    private void awaitEndOfStream() throws IOException {
        Frame frame = read();
        while (frame.type() != HEADERS || (frame.flags() & END_STREAM) == 0) {
            frame = read();
        }
    }

    private double refused() {
        return metrics.scrape().stream()
                .filter(metric -> metric.getMetadata().getPrometheusName().equals("ecomind_grpc_refused"))
                .flatMap(metric -> metric.getDataPoints().stream())
                .filter(point -> "control_frames".equals(point.getLabels().get("reason")))
                .mapToDouble(point -> ((CounterSnapshot.CounterDataPointSnapshot) point).getValue())
                .sum();
    }
}
