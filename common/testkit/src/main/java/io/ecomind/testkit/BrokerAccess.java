package io.ecomind.testkit;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who may use an embedded broker: users with passwords (SASL PLAIN), and what access-control lists allow them. Immutable.
 *
 * @param passwords of all users, by name
 * @param superUsers who may do everything: the broker itself, which is the first, and operators
 * @param tls null: passwords and records cross the loopback interface without encryption
 */
public record BrokerAccess(
        Map<String, Secret> passwords,
        List<String> superUsers,
        @Nullable CertificateFiles tls) {
    private static final String MECHANISM = "PLAIN";

    /** Names of the listeners for clients and for controllers. */
    static final String CLIENTS = "CLIENTS";

    public BrokerAccess {
        passwords = Map.copyOf(passwords);
        superUsers = List.copyOf(superUsers);
        if (!passwords.keySet().containsAll(superUsers) || superUsers.isEmpty()) {
            throw new IllegalArgumentException("each of the super users must have a password, were " + superUsers);
        }
    }

    /** What a client needs that logs in as one of the users. */
    public KafkaSettings client(String bootstrapServers, String user) {
        Map<String, String> settings = new HashMap<>();
        settings.put("security.protocol", protocol());
        settings.put("sasl.mechanism", MECHANISM);
        settings.put("sasl.jaas.config", loginModule(user) + ";");
        if (tls != null) {
            settings.put("ssl.truststore.type", "PEM");
            settings.put("ssl.truststore.location", tls.authority().toString());
        }
        return KafkaSettings.of(bootstrapServers, settings);
    }

    /** Settings of a broker that is a controller too. They hold secrets, so nothing may log them. */
    Map<String, String> broker(int port, int controllerPort) {
        var login = new StringBuilder(loginModule(superUsers.get(0)));
        new TreeMap<>(passwords)
                .forEach((user, password) -> login.append(" user_")
                        .append(user)
                        .append("=\"")
                        .append(password.value())
                        .append('"'));
        Map<String, String> settings = new HashMap<>();
        settings.put("listeners", CLIENTS + "://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        settings.put("advertised.listeners", CLIENTS + "://127.0.0.1:" + port);
        settings.put("listener.security.protocol.map", CLIENTS + ":" + protocol() + ",CONTROLLER:" + protocol());
        settings.put("inter.broker.listener.name", CLIENTS);
        settings.put("sasl.enabled.mechanisms", MECHANISM);
        settings.put("sasl.mechanism.inter.broker.protocol", MECHANISM);
        settings.put("sasl.mechanism.controller.protocol", MECHANISM);
        settings.put("listener.name.clients.plain.sasl.jaas.config", login + ";");
        settings.put("listener.name.controller.plain.sasl.jaas.config", login + ";");
        settings.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        settings.put("allow.everyone.if.no.acl.found", "false");
        settings.put("super.users", "User:" + String.join(";User:", superUsers));
        if (tls != null) {
            settings.put("ssl.keystore.type", "PEM");
            settings.put("ssl.keystore.certificate.chain", CertificateFiles.read(tls.chain()));
            settings.put("ssl.keystore.key", CertificateFiles.read(tls.key()));
            settings.put("ssl.truststore.type", "PEM");
            settings.put("ssl.truststore.certificates", CertificateFiles.read(tls.authority()));
        }
        return settings;
    }

    private String protocol() {
        return tls == null ? "SASL_PLAINTEXT" : "SASL_SSL";
    }

    private String loginModule(String user) {
        Secret password = passwords.get(user);
        if (password == null) {
            throw new IllegalArgumentException("there is no user " + user);
        }
        return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + user + "\" password=\""
                + password.value() + "\"";
    }
}
