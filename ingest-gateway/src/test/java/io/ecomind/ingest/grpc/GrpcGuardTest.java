package io.ecomind.ingest.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.rpc.ErrorInfo;
import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.contracts.v1.IngestRequest;
import io.ecomind.contracts.v1.IngestResponse;
import io.ecomind.contracts.v1.IngestServiceGrpc;
import io.ecomind.ingest.TestGateway;
import io.ecomind.ingest.grpc.GrpcLimits.GrpcCalls;
import io.ecomind.ingest.grpc.GrpcLimits.GrpcConnections;
import io.ecomind.service.http.HttpLimits;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What clients of gRPC may take of a gateway, and what they may not. */
@Tag("integration")
class GrpcGuardTest {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final IngestItem ITEM = IngestItem.newBuilder()
            .setUserId("user-a")
            .setProvider("openai")
            .setModel("m")
            .setTokensIn(1)
            .setTokensOut(1)
            .build();

    /** Sends bytes that need not be a message. */
    private static final MethodDescriptor<byte[], IngestResponse> BYTES = IngestServiceGrpc.getIngestMethod().toBuilder(
                    new MethodDescriptor.Marshaller<byte[]>() {
                        @Override
                        public InputStream stream(byte[] bytes) {
                            return new ByteArrayInputStream(bytes);
                        }

                        @Override
                        public byte[] parse(InputStream in) {
                            try {
                                return in.readAllBytes();
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        }
                    },
                    IngestServiceGrpc.getIngestMethod().getResponseMarshaller())
            .build();

    private final List<AutoCloseable> opened = new ArrayList<>();

    /** How a call ended. */
    private record Outcome(Status status, Metadata trailers) {
        @Nullable
        String code() {
            return trailers.get(GrpcProblems.CODE);
        }

        String reason() throws InvalidProtocolBufferException {
            com.google.rpc.Status details = StatusProto.fromStatusAndTrailers(status, trailers);
            return details == null
                    ? ""
                    : details.getDetails(0).unpack(ErrorInfo.class).getReason();
        }
    }

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    @Test
    void nothing_is_read_of_a_message_without_a_key() throws Exception {
        TestGateway gateway = start(GrpcLimits.DEFAULT);
        byte[] emptyItems = new byte[5_200_000];
        for (int i = 0; i < emptyItems.length; i += 2) {
            emptyItems[i] = 0x0A;
        }
        List<CompletableFuture<Outcome>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            calls.add(send(channel(gateway), null, emptyItems, true));
        }

        for (CompletableFuture<Outcome> call : calls) {
            assertThat(ended(call).status().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(ended(call).code()).isEqualTo("unauthorized");
            assertThat(ended(call).reason()).isEqualTo("unauthorized");
        }
        assertThat(gateway.counted("ecomind_grpc_received_bytes", "")).isZero();
    }

    @Test
    void calls_that_never_end_their_message_are_ended() throws Exception {
        TestGateway gateway = start(GrpcLimits.DEFAULT.with(GrpcLimits.DEFAULT
                .times()
                .with(Duration.ofMillis(300), Duration.ofSeconds(10), Duration.ofMinutes(5))));
        TestGateway.Tenant tenant = TestGateway.tenant();
        ManagedChannel channel = channel(gateway);
        List<CompletableFuture<Outcome>> calls = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            // Half of them send their message and only forget to say that it was all.
            byte[] message = IngestRequest.newBuilder().addItems(ITEM).build().toByteArray();
            calls.add(send(channel, tenant, i % 2 == 0 ? message : null, false));
        }

        for (CompletableFuture<Outcome> call : calls) {
            assertThat(ended(call).status().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(ended(call).status().getDescription()).contains("too slow");
        }
        assertThat(gateway.counted("ecomind_grpc_refused", "slow_body")).isEqualTo(60);
        // They tell nothing of what was sent, so they are no rejections of the organisation; one that does is.
        byte[] garbage = ByteString.copyFromUtf8("no message").toByteArray();
        assertThat(ended(send(channel, tenant, garbage, true)).code()).isEqualTo("invalid_request");
        TestGateway.await(() -> gateway.counted("ecomind_ingest_rejections", "invalid_request") > 0);
        assertThat(gateway.counted("ecomind_ingest_rejections", "invalid_request"))
                .isEqualTo(1);
        assertAccepted(gateway, tenant);
    }

    @Test
    void calls_over_the_limit_are_refused_and_others_go_on() throws Exception {
        TestGateway gateway = start(GrpcLimits.DEFAULT
                .with(new GrpcCalls(12, 100, 8))
                .with(GrpcLimits.DEFAULT
                        .times()
                        .with(Duration.ofMinutes(5), Duration.ofSeconds(10), Duration.ofMinutes(5))));
        TestGateway.Tenant greedy = TestGateway.tenant();
        ManagedChannel channel = channel(gateway);
        byte[] message = IngestRequest.newBuilder().addItems(ITEM).build().toByteArray();
        for (int i = 0; i < 8; i++) {
            assertThat(unfinished(gateway, channel, greedy)).isNotDone();
        }
        assertThat(gateway.gauge("ecomind_grpc_calls")).isEqualTo(8);

        Outcome ofOrganisation = ended(send(channel, greedy, message, false));
        assertThat(ofOrganisation.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(ofOrganisation.code()).isEqualTo("rate_limited");
        assertThat(ofOrganisation.trailers().get(GrpcProblems.RETRY_AFTER)).isEqualTo("1");
        assertAccepted(gateway, TestGateway.tenant());

        TestGateway.Tenant other = TestGateway.tenant();
        for (int i = 0; i < 4; i++) {
            unfinished(gateway, channel, other);
        }
        TestGateway.await(() -> gateway.gauge("ecomind_grpc_calls") == 12);
        Outcome ofAll = ended(send(channel, TestGateway.tenant(), message, false));
        assertThat(ofAll.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(ofAll.code()).isEqualTo("unavailable");
    }

    @Test
    void a_message_that_is_too_large_gets_our_answer_however_large_it_is() throws Exception {
        TestGateway gateway = start(GrpcLimits.DEFAULT);
        TestGateway.Tenant tenant = TestGateway.tenant();
        ManagedChannel channel = channel(gateway);
        double counted = gateway.counted("ecomind_ingest_rejections", "body_too_large");

        for (int mebibytes : new int[] {6, 40}) {
            Outcome outcome = ended(send(channel, tenant, new byte[mebibytes << 20], true));
            assertThat(outcome.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(outcome.code()).isEqualTo("body_too_large");
            assertThat(outcome.reason()).isEqualTo("body_too_large");
        }
        byte[] zeros = IngestRequest.newBuilder()
                .addItems(ITEM.toBuilder().setModel("x".repeat(6 << 20)))
                .build()
                .toByteArray();
        assertThat(ended(send(channel, tenant, zeros, true, CallOptions.DEFAULT.withCompression("gzip")))
                        .code())
                .isEqualTo("body_too_large");

        TestGateway.await(() -> gateway.counted("ecomind_ingest_rejections", "body_too_large") == counted + 3);
        assertAccepted(gateway, tenant);
    }

    @Test
    void items_and_fields_are_counted_before_anything_is_made_of_them() throws Exception {
        TestGateway gateway = start(GrpcLimits.DEFAULT);
        TestGateway.Tenant tenant = TestGateway.tenant();
        ManagedChannel channel = channel(gateway);
        byte[] emptyItems = new byte[2 * 1_001];
        for (int i = 0; i < emptyItems.length; i += 2) {
            emptyItems[i] = 0x0A;
        }
        assertThat(ended(send(channel, tenant, emptyItems, true)).code()).isEqualTo("too_many_items");

        var numbers = UnknownFieldSet.Field.newBuilder();
        for (int i = 0; i < 70_000; i++) {
            numbers.addVarint(1);
        }
        UnknownFieldSet unknown =
                UnknownFieldSet.newBuilder().addField(99, numbers.build()).build();
        byte[] manyFields = IngestRequest.newBuilder()
                .addItems(ITEM.toBuilder().setUnknownFields(unknown))
                .build()
                .toByteArray();
        assertThat(ended(send(channel, tenant, manyFields, true)).code()).isEqualTo("invalid_request");

        UnknownFieldSet group = UnknownFieldSet.newBuilder()
                .addField(
                        98, UnknownFieldSet.Field.newBuilder().addGroup(unknown).build())
                .build();
        byte[] inGroup =
                IngestRequest.newBuilder().setUnknownFields(group).build().toByteArray();
        assertThat(ended(send(channel, tenant, inGroup, true)).status().getDescription())
                .contains("at most 64000 fields");

        byte[] garbage = ByteString.copyFromUtf8("no message").toByteArray();
        assertThat(ended(send(channel, tenant, garbage, true)).code()).isEqualTo("invalid_request");
    }

    @Test
    void a_connection_over_the_limit_takes_the_place_of_the_one_that_was_idle_longest() throws Exception {
        TestGateway gateway = start(GrpcLimits.DEFAULT.with(connections(2, 64)));
        // A call of a known sender keeps its connection for as long as it lasts.
        CompletableFuture<Outcome> unfinished = send(channel(gateway), TestGateway.tenant(), new byte[1_000], false);
        TestGateway.await(() -> gateway.counted("ecomind_grpc_received_bytes", "") > 0);
        try (Socket second = new Socket(InetAddress.getLoopbackAddress(), gateway.grpcPort)) {
            second.setSoTimeout(30_000);
            // The server begins with its settings; a connection that it has not taken over yet is not closed for
            // another.
            assertThat(second.getInputStream().read()).isNotNegative();
            try (Socket third = new Socket(InetAddress.getLoopbackAddress(), gateway.grpcPort)) {
                assertThat(endOf(second)).isTrue();
                assertThat(third.isConnected()).isTrue();
            }
        }
        TestGateway.await(() -> gateway.counted("ecomind_grpc_refused", "connections") == 1);
        assertThat(unfinished).isNotDone();
    }

    @Test
    void an_organisation_has_calls_on_a_part_of_the_connections_only() throws Exception {
        TestGateway gateway = start(GrpcLimits.DEFAULT.with(connections(512, 2)));
        assertThat(GrpcLimits.DEFAULT.connections().perOrganisation())
                .isLessThanOrEqualTo(GrpcLimits.DEFAULT.connections().total() / 8);
        TestGateway.Tenant greedy = TestGateway.tenant();
        byte[] message = IngestRequest.newBuilder().addItems(ITEM).build().toByteArray();
        ManagedChannel first = channel(gateway);
        ManagedChannel second = channel(gateway);
        unfinished(gateway, first, greedy);
        CompletableFuture<Outcome> onSecond = unfinished(gateway, second, greedy);

        Outcome refused = ended(send(channel(gateway), greedy, message, true));
        assertThat(refused.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refused.code()).isEqualTo("rate_limited");
        assertThat(refused.status().getDescription()).contains("at most 2 connections");
        assertThat(ended(send(first, greedy, message, true)).status().getCode()).isEqualTo(Status.Code.OK);
        assertAccepted(gateway, TestGateway.tenant());

        // A connection that is gone counts no more.
        second.shutdownNow();
        ended(onSecond);
        ManagedChannel third = channel(gateway);
        TestGateway.await(
                () -> ended(send(third, greedy, message, true)).status().isOk());
    }

    @Test
    void two_authorizations_are_refused_as_over_http() throws Exception {
        TestGateway gateway = start(GrpcLimits.DEFAULT);
        TestGateway.Tenant tenant = TestGateway.tenant();
        var headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer nonsense");
        headers.put(AUTHORIZATION, tenant.authorization());
        byte[] message = IngestRequest.newBuilder().addItems(ITEM).build().toByteArray();

        Outcome refused = ended(send(channel(gateway), headers, message, true, CallOptions.DEFAULT));
        assertThat(refused.code()).isEqualTo("invalid_request");
        assertThat(refused.status().getDescription()).contains("is there 2 times");
    }

    private static GrpcConnections connections(int total, int perOrganisation) {
        return new GrpcConnections(total, perOrganisation, 200, 20_000);
    }

    private static boolean endOf(Socket socket) {
        try {
            // Reads until the other side ends it.
            socket.getInputStream().readAllBytes();
            return true;
        } catch (IOException reset) {
            return !(reset instanceof java.net.SocketTimeoutException);
        }
    }

    private TestGateway start(GrpcLimits limits) {
        TestGateway gateway = TestGateway.start(HttpLimits.DEFAULT, limits);
        opened.add(gateway);
        return gateway;
    }

    private ManagedChannel channel(TestGateway gateway) {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort)
                .usePlaintext()
                .build();
        opened.add(channel::shutdownNow);
        return channel;
    }

    private static void assertAccepted(TestGateway gateway, TestGateway.Tenant tenant) throws Exception {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort)
                .usePlaintext()
                .build();
        try {
            byte[] message = IngestRequest.newBuilder().addItems(ITEM).build().toByteArray();
            assertThat(ended(send(channel, tenant, message, true)).status().getCode())
                    .isEqualTo(Status.Code.OK);
        } finally {
            channel.shutdownNow();
        }
    }

    /**
     * A call that its client does not end, once bytes of its message were received: it has passed all limits then. Without a
     * message gRPC's client keeps the headers, too.
     */
    private static CompletableFuture<Outcome> unfinished(
            TestGateway gateway, ManagedChannel channel, TestGateway.Tenant tenant) {
        double before = gateway.counted("ecomind_grpc_received_bytes", "");
        byte[] message = IngestRequest.newBuilder().addItems(ITEM).build().toByteArray();
        CompletableFuture<Outcome> call = send(channel, tenant, message, false);
        TestGateway.await(() -> gateway.counted("ecomind_grpc_received_bytes", "") > before);
        return call;
    }

    private static Outcome ended(CompletableFuture<Outcome> call) throws Exception {
        return call.get(60, TimeUnit.SECONDS);
    }

    private static CompletableFuture<Outcome> send(
            ManagedChannel channel, TestGateway.@Nullable Tenant tenant, byte @Nullable [] message, boolean halfClose) {
        return send(channel, tenant, message, halfClose, CallOptions.DEFAULT);
    }

    private static CompletableFuture<Outcome> send(
            ManagedChannel channel,
            TestGateway.@Nullable Tenant tenant,
            byte @Nullable [] message,
            boolean halfClose,
            CallOptions options) {
        var headers = new Metadata();
        if (tenant != null) {
            headers.put(AUTHORIZATION, tenant.authorization());
        }
        return send(channel, headers, message, halfClose, options);
    }

    private static CompletableFuture<Outcome> send(
            ManagedChannel channel,
            Metadata headers,
            byte @Nullable [] message,
            boolean halfClose,
            CallOptions options) {
        var ended = new CompletableFuture<Outcome>();
        ClientCall<byte[], IngestResponse> call = channel.newCall(BYTES, options);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        ended.complete(new Outcome(status, trailers));
                    }
                },
                headers);
        call.request(2);
        if (message != null) {
            call.sendMessage(Arrays.copyOf(message, message.length));
        }
        if (halfClose) {
            call.halfClose();
        }
        return ended;
    }
}
