package io.ecomind.ingest.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.contracts.v1.IngestRequest;
import io.ecomind.contracts.v1.IngestServiceGrpc;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.testkit.TestDatabase;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class IngestGrpcBugTest {
    // A server without its service is a bug that the first call meets.
    @SuppressWarnings("NullAway")
    @Test
    void a_bug_is_internal_and_the_caller_sees_nothing_of_its_cause() throws Exception {
        TestDatabase.get().addOrganisation("grpc-bug", "team", "UTC");
        ApiKey key = TestDatabase.get().addKey("grpc-bug", Set.of("ingest"));
        GrpcServer server = GrpcServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                null,
                GrpcLimits.DEFAULT,
                ItemLimits.DEFAULT,
                new Authenticator(TestDatabase.get().as("ecomind_gateway"), TestDatabase.PEPPER),
                null,
                new PrometheusRegistry());
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .usePlaintext()
                .build();
        try {
            var headers = new Metadata();
            headers.put(
                    Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                    "Bearer " + key.text().value());
            var stub = IngestServiceGrpc.newBlockingStub(channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));

            StatusRuntimeException failed = catchThrowableOfType(
                    StatusRuntimeException.class,
                    () -> stub.ingest(IngestRequest.newBuilder()
                            .addItems(IngestItem.newBuilder().setProvider("openai"))
                            .build()));

            assertThat(failed.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
            Metadata trailers = failed.getTrailers();
            assertThat(trailers == null ? null : trailers.get(GrpcProblems.CODE))
                    .isEqualTo("internal");
            assertThat(failed).hasMessageContaining("the server failed").hasMessageNotContaining("null");
        } finally {
            channel.shutdownNow();
            server.close();
        }
    }
}
