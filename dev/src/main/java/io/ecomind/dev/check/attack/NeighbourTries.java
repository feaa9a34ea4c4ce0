package io.ecomind.dev.check.attack;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.RedisSettings;
import io.ecomind.dev.check.Exposure;
import io.ecomind.dev.check.ListeningSocket;
import io.ecomind.dev.check.OpenFile;
import io.ecomind.dev.check.attack.Attempt.Observation;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * What another user of the same machine can do, who has no credentials. A server that does not answer refuses nothing: before
 * each try somebody with credentials must get in. Stateless.
 */
final class NeighbourTries {
    private static final int MAX_LISTED = 5;
    private static final String LISTED = " topics listed";
    private static final Pattern PORT = Pattern.compile(":(\\d+)(?:/|$)");
    /** A stranger is not waited for as long as somebody who must get in, perhaps on a machine that is busy. */
    private static final int STRANGER_SECONDS = 8;

    private static final int CONTROL_SECONDS = 40;
    private static final int CONNECT_MILLIS = 5_000;
    private static final int ANSWER_MILLIS = 10_000;
    private static final List<String> FIRST_OF_REDIS = List.of("PING", "KEYS *", "CONFIG GET dir");
    /** Where reading is open, changing is too; it need not be done to know that. */
    private static final List<String> THEN_OF_REDIS = List.of("CONFIG SET dir /tmp", "SAVE");

    private NeighbourTries() {}

    static List<Attempt> all() {
        return List.of(
                new Attempt(
                        "11a",
                        "postgresql-without-password",
                        "every known role of PostgreSQL logs in without a password and with its name as password",
                        "each refused",
                        Set.of(AttackNeed.DATABASE),
                        NeighbourTries::postgres),
                new Attempt(
                        "11b",
                        "redis-without-password",
                        "PING, KEYS and CONFIG GET without a password; CONFIG with it",
                        "each refused",
                        Set.of(AttackNeed.REDIS),
                        NeighbourTries::redis),
                new Attempt(
                        "11c",
                        "kafka-without-login",
                        "the topics listed over Kafka's port without a login, and without encryption where it has one",
                        "refused",
                        Set.of(AttackNeed.KAFKA),
                        NeighbourTries::kafka),
                new Attempt(
                        "11d",
                        "other-ports",
                        "each port that the process and those that it has started listen on; those that the profile does not"
                                + " name asked for Flink's jobs",
                        "no answer that shows or stops jobs; all ports on loopback",
                        Set.of(AttackNeed.LOCAL),
                        NeighbourTries::ports),
                new Attempt(
                        "11e",
                        "files-of-the-stack",
                        "files of the data directory that others can reach and may read or write",
                        "none",
                        Set.of(AttackNeed.LOCAL),
                        NeighbourTries::files),
                new Attempt(
                        "11f",
                        "secrets-in-command-lines",
                        "command lines of the processes, which all users can read, and the logs",
                        "no secret in them",
                        Set.of(AttackNeed.LOCAL),
                        NeighbourTries::secrets));
    }

    private static Observation postgres(AttackContext context) {
        DatabaseAddress known = context.target().databases().values().iterator().next();
        try (Connection control = known.dataSource().getConnection()) {
            control.isValid(1);
        } catch (SQLException e) {
            return Observation.notTried("the login of " + known.user() + " fails, too: " + e.getSQLState());
        }
        List<String> in = new ArrayList<>();
        int tries = 0;
        List<String> roles = new ArrayList<>(List.of("postgres", "root", System.getProperty("user.name")));
        context.target().databases().values().forEach(login -> roles.add(login.user()));
        for (String role : roles) {
            for (String password : List.of("", role, "postgres")) {
                for (String database : List.of("postgres", "template1", "ecomind")) {
                    tries++;
                    var login = new Properties();
                    login.put("user", role);
                    login.put("password", password);
                    login.put("loginTimeout", "5");
                    try (Connection connection =
                            DriverManager.getConnection(toDatabase(known.jdbcUrl(), database), login)) {
                        in.add(role + (connection.isValid(1) ? " in " + database : ""));
                    } catch (SQLException e) {
                        if (!isRefusedLogin(e.getSQLState())) {
                            // Such as that the database is not there, which is said after the password was taken.
                            in.add(role + " in " + database + " got " + e.getSQLState());
                        }
                    }
                }
            }
        }
        return Observation.of(in.isEmpty(), tries + " logins, " + (in.isEmpty() ? "all refused" : "in: " + in));
    }

    /** Another database of the server, with the same settings of TLS but no certificate of a client. */
    static String toDatabase(String jdbcUrl, String database) {
        return jdbcUrl.replaceFirst("^(jdbc:postgresql://[^/]+/)[^?]*", "$1" + database)
                .replaceAll("(?<=[?&])ssl(?:cert|key|password)=[^&]*&?", "");
    }

    /** 08004 is what the driver says when a server asks for a password and none is given. */
    static boolean isRefusedLogin(@Nullable String state) {
        return state != null && (state.startsWith("28") || state.equals("08004"));
    }

    private static Observation redis(AttackContext context) {
        RedisSettings redis = context.target().redis();
        return redis == null ? Observation.notTried("no address") : redis(redis);
    }

    static Observation redis(RedisSettings redis) {
        List<String> login = redisLogin(redis);
        String control = redis(redis, login, "PING");
        if (!control.startsWith("+PONG")) {
            return Observation.notTried("with the login that the profile has, PING is answered: " + control);
        }
        List<String> answers = new ArrayList<>();
        boolean held = true;
        for (String command : FIRST_OF_REDIS) {
            String answer = redis(redis, List.of(), command);
            held &= isRefusal(answer);
            answers.add(command + ": " + answer);
        }
        for (String command : held ? THEN_OF_REDIS : List.<String>of()) {
            String answer = redis(redis, List.of(), command);
            held &= isRefusal(answer);
            answers.add(command + ": " + answer);
        }
        if (!login.isEmpty()) {
            String answer = redis(redis, login, "CONFIG GET dir");
            held &= answer.startsWith("-");
            answers.add("with the password CONFIG: " + answer);
        }
        return Observation.of(held, String.join("; ", answers));
    }

    private static boolean isRefusal(String answer) {
        return answer.startsWith("-") || answer.equals("closed");
    }

    private static List<String> redisLogin(RedisSettings redis) {
        String password = redis.password().value();
        if (password.isEmpty()) {
            return List.of();
        }
        return redis.user() == null ? List.of("AUTH", password) : List.of("AUTH", redis.user(), password);
    }

    /** The first line of the answer to a command, after a login where one is given. */
    private static String redis(RedisSettings redis, List<String> login, String command) {
        URI address = URI.create(redis.address());
        int port = address.getPort() > 0 ? address.getPort() : 6_379;
        try (var plain = new Socket()) {
            plain.connect(new InetSocketAddress(address.getHost(), port), CONNECT_MILLIS);
            plain.setSoTimeout(ANSWER_MILLIS);
            try (Socket socket = redis.encrypted() ? AnyCertificate.handshake(plain, address.getHost(), port) : plain) {
                var in =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
                if (!login.isEmpty()) {
                    socket.getOutputStream().write(redisCommand(login));
                    in.readLine();
                }
                socket.getOutputStream().write(redisCommand(List.of(command.split(" "))));
                String line = in.readLine();
                return line == null ? "closed" : line;
            }
        } catch (SocketTimeoutException silent) {
            return "no answer";
        } catch (IOException e) {
            return "failed: " + e.getMessage();
        }
    }

    private static byte[] redisCommand(List<String> words) {
        var out = new StringBuilder("*" + words.size() + "\r\n");
        for (String word : words) {
            out.append('$')
                    .append(word.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Observation kafka(AttackContext context) throws InterruptedException {
        KafkaSettings kafka = context.target().kafka();
        if (kafka == null) {
            return Observation.notTried("no address");
        }
        String control = topics(kafka, CONTROL_SECONDS);
        if (!control.endsWith(LISTED)) {
            return Observation.notTried("with the settings that the profile has: " + control);
        }
        List<String> seen = new ArrayList<>();
        for (KafkaSettings stranger : withoutLogin(kafka)) {
            seen.add(stranger.protocol() + ": " + topics(stranger, STRANGER_SECONDS));
        }
        return Observation.of(seen.stream().noneMatch(one -> one.endsWith(LISTED)), String.join("; ", seen));
    }

    /** As somebody who has neither password nor certificate would come: encrypted where the server is, and plainly. */
    static List<KafkaSettings> withoutLogin(KafkaSettings kafka) {
        List<KafkaSettings> strangers = new ArrayList<>();
        if (kafka.protocol().endsWith("SSL")) {
            Map<String, String> trust = new HashMap<>(Map.of("security.protocol", "SSL"));
            kafka.security().forEach((name, value) -> {
                if (name.startsWith("ssl.") && !name.startsWith("ssl.key")) {
                    trust.put(name, value);
                }
            });
            strangers.add(KafkaSettings.of(kafka.bootstrapServers(), trust));
        }
        strangers.add(KafkaSettings.plaintext(kafka.bootstrapServers()));
        return strangers;
    }

    private static String topics(KafkaSettings kafka, int seconds) throws InterruptedException {
        try (Admin admin = kafka.admin(Map.of(
                "request.timeout.ms",
                Integer.toString(seconds * 500),
                "default.api.timeout.ms",
                Integer.toString(seconds * 1_000)))) {
            return admin.listTopics().names().get(seconds + 5, TimeUnit.SECONDS).size() + LISTED;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            // The broker ends such a connection without a word, and the client tries again until its time is over.
            return cause instanceof org.apache.kafka.common.errors.TimeoutException
                    ? "refused (no answer within " + seconds + " s)"
                    : "refused (" + cause.getClass().getSimpleName() + ")";
        } catch (TimeoutException e) {
            return "refused (no answer within " + (seconds + 5) + " s)";
        } catch (KafkaException e) {
            return "refused (" + e.getClass().getSimpleName() + ")";
        }
    }

    private static Observation ports(AttackContext context) throws IOException {
        AttackTarget target = context.target();
        Exposure exposure = exposure(target);
        List<ListeningSocket> sockets = exposure.sockets();
        Set<Integer> named = named(target);
        List<String> wrong = new ArrayList<>();
        exposure.unseenPorts()
                .forEach(port -> wrong.add(port + " is among the addresses, and who listens was not seen"));
        for (ListeningSocket socket : sockets) {
            if (!socket.loopback()) {
                wrong.add(socket.port() + " is open beyond this machine");
            }
            for (String scheme : named.contains(socket.port()) ? List.<String>of() : List.of("http", "https")) {
                String host = socket.address() instanceof Inet6Address && socket.loopback() ? "[::1]" : "127.0.0.1";
                HttpAnswer answer =
                        new HttpProbe(URI.create(scheme + "://" + host + ":" + socket.port())).get("/jobs/overview");
                if (answer.status() / 100 == 2) {
                    wrong.add(socket.port() + " shows jobs: " + answer.brief());
                }
            }
        }
        Set<Integer> ports = new TreeSet<>();
        sockets.forEach(socket -> ports.add(socket.port()));
        return Observation.of(
                wrong.isEmpty() && ports.contains(target.http().getPort()),
                "listens on " + ports + (wrong.isEmpty() ? "" : ": " + wrong));
    }

    /** Ports of the servers whose addresses are known; none of them shows jobs of Flink. */
    private static Set<Integer> named(AttackTarget target) {
        Set<Integer> ports = new HashSet<>(Set.of(target.http().getPort()));
        ports.add(target.management().getPort());
        if (target.grpc() != null) {
            ports.add(target.grpc().getPort());
        }
        if (target.redis() != null) {
            ports.add(URI.create(target.redis().address()).getPort());
        }
        List<String> addresses = new ArrayList<>();
        target.databases().values().forEach(database -> addresses.add(database.jdbcUrl()));
        if (target.kafka() != null) {
            addresses.addAll(List.of(target.kafka().bootstrapServers().split(",", -1)));
        }
        for (String address : addresses) {
            Matcher port = PORT.matcher(address);
            if (port.find()) {
                ports.add(Integer.parseInt(port.group(1)));
            }
        }
        return ports;
    }

    private static Observation files(AttackContext context) throws IOException {
        Exposure exposure = exposure(context.target());
        List<OpenFile> open = exposure.openFiles();
        return Observation.of(
                open.isEmpty() && exposure.files() > 0,
                exposure.files() + " files and folders"
                        + (open.isEmpty()
                                ? ", none open"
                                : ", open: " + open.size() + " such as "
                                        + open.subList(0, Math.min(MAX_LISTED, open.size()))));
    }

    private static Observation secrets(AttackContext context) throws IOException {
        Exposure exposure = exposure(context.target());
        return Observation.of(
                exposure.secrets().isEmpty() && exposure.knownSecrets() > 0,
                exposure.knownSecrets() + " secrets, "
                        + (exposure.secrets().isEmpty() ? "none found" : "found: " + exposure.secrets()));
    }

    /** As {@code check exposure} sees it. */
    private static Exposure exposure(AttackTarget target) throws IOException {
        return Exposure.of(
                new DataDirectory(Objects.requireNonNull(target.data())),
                ProcessHandle.of(Objects.requireNonNull(target.pid())).stream().toList());
    }
}
