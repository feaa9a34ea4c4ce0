package io.ecomind.ingest.limits;

import io.ecomind.connect.RedisSettings;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.StaticCredentialsProvider;

/** What the settings of Redis mean to its client. Stateless. */
public final class RedisConnections {
    private RedisConnections() {}

    /** Where to connect, and as whom. */
    public static RedisURI address(RedisSettings settings) {
        RedisURI uri = RedisURI.create(settings.host(), settings.port());
        if (!settings.password().value().isEmpty()) {
            uri.setCredentialsProvider(new StaticCredentialsProvider(RedisCredentials.just(
                    settings.user(), settings.password().value().toCharArray())));
        }
        if (settings.encrypted()) {
            uri.setSsl(true);
            uri.setVerifyPeer(SslVerifyMode.FULL);
        }
        return uri;
    }

    /** Options of a client that talks to this server; the caller adds its own. */
    public static ClientOptions.Builder options(RedisSettings settings) {
        ClientOptions.Builder options = ClientOptions.builder();
        if (settings.encrypted() && settings.certificateAuthority() != null) {
            options.sslOptions(SslOptions.builder()
                    .jdkSslProvider()
                    .trustManager(settings.certificateAuthority().toFile())
                    .build());
        }
        return options;
    }
}
