package io.ecomind.ingest.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ecomind.contracts.v1.IngestRequest;
import io.ecomind.contracts.v1.IngestServiceGrpc;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.testkit.TestDatabase;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class IngestGrpcBugTest {
    /** A bug in the first step of a request. */
    private static final DataSource BROKEN = (DataSource) Proxy.newProxyInstance(
            IngestGrpcBugTest.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                throw new IllegalStateException("words of the cause");
            });

    // No request comes as far as the service.
    @SuppressWarnings("NullAway")
    @Test
    void a_bug_is_internal_and_the_caller_sees_nothing_of_its_cause() throws Exception {
        GrpcServer server = GrpcServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                null,
                GrpcLimits.DEFAULT,
                ItemLimits.DEFAULT,
                new Authenticator(BROKEN, TestDatabase.PEPPER),
                null,
                new PrometheusRegistry());
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .usePlaintext()
                .build();
        try {
            var headers = new Metadata();
            headers.put(
                    Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                    "Bearer "
                            + ApiKey.generate(new SecureRandom(), "test", KeyPeppers.parse(TestDatabase.PEPPER))
                                    .text()
                                    .value());
            var stub = IngestServiceGrpc.newBlockingStub(channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));

            StatusRuntimeException failed = catchThrowableOfType(
                    StatusRuntimeException.class, () -> stub.ingest(IngestRequest.getDefaultInstance()));

            assertThat(failed.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
            Metadata trailers = failed.getTrailers();
            assertThat(trailers == null ? null : trailers.get(GrpcProblems.CODE))
                    .isEqualTo("internal");
            assertThat(failed).hasMessageContaining("the server failed").hasMessageNotContaining("words of the cause");
        } finally {
            channel.shutdownNow();
            server.close();
        }
    }
}
