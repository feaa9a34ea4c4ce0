package io.ecomind.ingest.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.UnknownFieldSet;
import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.contracts.v1.IngestRequest;
import io.ecomind.contracts.v1.IngestResponse;
import io.ecomind.contracts.v1.IngestServiceGrpc;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.ingest.TestGateway;
import io.ecomind.usage.EpochMicros;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.time.Instant;
import java.util.Collections;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class IngestGrpcTest {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final IngestItem ITEM = IngestItem.newBuilder()
            .setUserId("user-a")
            .setProvider("openai")
            .setTokensIn(10)
            .setTokensOut(5)
            .build();

    private static TestGateway gateway;
    private static ManagedChannel channel;

    private final TestGateway.Tenant tenant = TestGateway.tenant();

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort)
                .usePlaintext()
                .build();
    }

    @AfterAll
    static void stop() {
        channel.shutdownNow();
        gateway.close();
    }

    @Test
    void items_follow_the_rules_of_http() {
        Instant ts = Instant.now();
        IngestResponse response = call(tenant.authorization())
                .ingest(IngestRequest.newBuilder()
                        .addItems(ITEM.toBuilder()
                                .setId("g")
                                .setTs(ts.toString())
                                .setTokensReasoning(5)
                                .setMetadataJson(" { \"a\" : 1 } "))
                        .addItems(ITEM.toBuilder().setTokensIn(-1).setMetadataJson("{\"a\":"))
                        .setIdempotencyKey("k")
                        .build());

        assertThat(response.getAccepted()).isEqualTo(1);
        assertThat(response.getRejected()).isEqualTo(1);
        assertThat(response.getIdsList()).containsExactly("g", "");
        assertThat(response.getErrorsList()).extracting("field").containsExactlyInAnyOrder("tokens_in", "metadata");
        UsageEvent event = gateway.events(tenant.org()).get(0);
        assertThat(event.getTsMicros()).isEqualTo(EpochMicros.of(ts));
        assertThat(event.getTokensReasoning()).isEqualTo(5);
        assertThat(event.hasTokensCacheRead()).isFalse();
        assertThat(event.getMetadataJson()).isEqualTo("{\"a\":1}");
        assertThat(gateway.rejections(tenant.org(), 1).get(0).getCode()).isEqualTo("field_invalid");
    }

    @Test
    void refusals_have_a_status_and_a_code() {
        assertRefused(
                "Bearer nonsense",
                IngestRequest.newBuilder().addItems(ITEM),
                Status.Code.UNAUTHENTICATED,
                "unauthorized");
        assertRefused(
                tenant.authorization(),
                IngestRequest.newBuilder().addItems(ITEM.toBuilder().setOrgId("another")),
                Status.Code.PERMISSION_DENIED,
                "org_mismatch");
        assertRefused(
                tenant.authorization(),
                IngestRequest.newBuilder().addItems(ITEM.toBuilder().setTs("no")),
                Status.Code.INVALID_ARGUMENT,
                "ts_invalid");
        assertRefused(
                tenant.authorization(), IngestRequest.newBuilder(), Status.Code.INVALID_ARGUMENT, "nothing_accepted");
        assertRefused(
                tenant.authorization(),
                IngestRequest.newBuilder().addAllItems(Collections.nCopies(1_001, ITEM)),
                Status.Code.RESOURCE_EXHAUSTED,
                "too_many_items");
        assertThat(gateway.events(tenant.org())).isEmpty();
    }

    @Test
    void absent_token_counts_are_refused_as_over_http_and_zeros_are_not() {
        assertRefused(
                tenant.authorization(),
                IngestRequest.newBuilder().addItems(ITEM.toBuilder().clearTokensIn()),
                Status.Code.INVALID_ARGUMENT,
                "field_missing");
        assertRefused(
                tenant.authorization(),
                IngestRequest.newBuilder().addItems(ITEM.toBuilder().clearTokensOut()),
                Status.Code.INVALID_ARGUMENT,
                "field_missing");

        IngestResponse zeros = call(tenant.authorization())
                .ingest(IngestRequest.newBuilder()
                        .addItems(ITEM.toBuilder().setTokensIn(0).setTokensOut(0))
                        .build());

        assertThat(zeros.getAccepted()).isEqualTo(1);
    }

    @Test
    void unknown_fields_and_prompts_give_warnings() {
        UnknownFieldSet unknown = UnknownFieldSet.newBuilder()
                .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                .build();

        IngestResponse response = call(tenant.authorization())
                .ingest(IngestRequest.newBuilder()
                        .addItems(ITEM.toBuilder()
                                .setMetadataJson("{\"prompt\":\"hi\"}")
                                .setUnknownFields(unknown))
                        .build());

        assertThat(response.getAccepted()).isEqualTo(1);
        assertThat(response.getWarningsList())
                .anyMatch(warning -> warning.startsWith("field number 99 is unknown and was ignored"))
                .anyMatch(warning -> warning.startsWith("metadata.prompt looks like content of a call"));
    }

    @Test
    void message_over_5_mib_is_refused() {
        IngestRequest large = IngestRequest.newBuilder()
                .addItems(ITEM.toBuilder().setModel("x".repeat(5 * 1024 * 1024)))
                .build();

        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class, () -> call(tenant.authorization()).ingest(large));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }

    private static void assertRefused(
            String authorization, IngestRequest.Builder request, Status.Code status, String code) {
        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class, () -> call(authorization).ingest(request.build()));
        assertThat(refused.getStatus().getCode()).isEqualTo(status);
        Metadata trailers = refused.getTrailers();
        assertThat(trailers == null ? null : trailers.get(GrpcProblems.CODE)).isEqualTo(code);
    }

    private static IngestServiceGrpc.IngestServiceBlockingStub call(String authorization) {
        var headers = new Metadata();
        headers.put(AUTHORIZATION, authorization);
        return IngestServiceGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }
}
