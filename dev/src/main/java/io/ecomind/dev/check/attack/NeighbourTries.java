package io.ecomind.dev.check.attack;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.cli.profile.PrivateFile;
import io.ecomind.dev.check.attack.Attempt.Observation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

/** What another user of the same machine can do, who has no credentials. Stateless. */
final class NeighbourTries {
    private static final Set<PosixFilePermission> OTHERS = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);
    private static final int MAX_LISTED = 5;

    private NeighbourTries() {}

    static List<Attempt> all() {
        return List.of(
                new Attempt(
                        "11a",
                        "postgresql-without-password",
                        "every role of PostgreSQL logs in without a password and with its name as password",
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
                        "the topics listed over Kafka's port without a login",
                        "refused",
                        Set.of(AttackNeed.KAFKA),
                        NeighbourTries::kafka),
                new Attempt(
                        "11d",
                        "other-ports",
                        "each port that the process listens on and that the profile does not name, asked for Flink's jobs",
                        "no answer that shows or stops jobs; all ports on loopback",
                        Set.of(AttackNeed.LOCAL),
                        NeighbourTries::ports),
                new Attempt(
                        "11e",
                        "files-of-the-stack",
                        "files of the data directory that others may read or write",
                        "none",
                        Set.of(AttackNeed.LOCAL),
                        NeighbourTries::files),
                new Attempt(
                        "11f",
                        "secrets-in-command-lines",
                        "command lines of the processes, which all users can read",
                        "no secret in them",
                        Set.of(AttackNeed.LOCAL),
                        NeighbourTries::commandLines));
    }

    private static Observation postgres(AttackContext context) {
        var address = context.target().databases().values().iterator().next();
        String server = address.jdbcUrl().replaceFirst("/[^/]*$", "/");
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
                    try (Connection connection = DriverManager.getConnection(server + database, login)) {
                        in.add(role + (connection.isValid(1) ? " in " + database : ""));
                    } catch (SQLException refused) {
                        // As it should be.
                    }
                }
            }
        }
        return Observation.of(in.isEmpty(), tries + " logins, " + (in.isEmpty() ? "all refused" : "in: " + in));
    }

    private static Observation redis(AttackContext context) throws IOException {
        URI redis = context.target().redis();
        if (redis == null) {
            return Observation.notTried("no address");
        }
        List<String> answers = new ArrayList<>();
        boolean held = true;
        for (String command : List.of("PING", "KEYS *", "CONFIG GET dir", "CONFIG SET dir /tmp", "SAVE")) {
            if (!held && (command.startsWith("CONFIG SET") || command.equals("SAVE"))) {
                // Where reading is open, changing is too; it need not be done to know that.
                continue;
            }
            String answer = redis(redis, "", command);
            held &= !answer.startsWith("+") && !answer.startsWith("*");
            answers.add(command + ": " + answer);
        }
        String user = redis.getUserInfo();
        if (user != null) {
            String login = "AUTH " + (user.startsWith(":") ? user.substring(1) : user.replaceFirst(":", " ")) + "\r\n";
            String answer = redis(redis, login, "CONFIG GET dir");
            held &= answer.startsWith("-");
            answers.add("with the password CONFIG: " + answer);
        }
        return Observation.of(held, String.join("; ", answers));
    }

    /** The last line that one connection is answered. */
    private static String redis(URI address, String before, String command) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), 3_000);
            socket.setSoTimeout(2_000);
            socket.getOutputStream().write((before + command + "\r\n").getBytes(StandardCharsets.UTF_8));
            byte[] buffer = new byte[512];
            var answer = new StringBuilder();
            int lines = before.isEmpty() ? 1 : 2;
            while (answer.toString().lines().count() < lines || answer.charAt(answer.length() - 1) != '\n') {
                int n = socket.getInputStream().read(buffer);
                if (n < 0) {
                    break;
                }
                answer.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
            }
            List<String> all = answer.toString().lines().toList();
            return all.isEmpty() ? "closed" : all.get(Math.min(lines, all.size()) - 1);
        } catch (java.net.SocketTimeoutException silent) {
            return "no answer";
        }
    }

    private static Observation kafka(AttackContext context) throws InterruptedException {
        try (Admin admin = Admin.create(Map.of(
                "bootstrap.servers",
                String.valueOf(context.target().kafka()),
                "request.timeout.ms",
                "3000",
                "default.api.timeout.ms",
                "5000"))) {
            int topics = admin.listTopics().names().get(8, TimeUnit.SECONDS).size();
            return Observation.of(false, topics + " topics listed");
        } catch (ExecutionException | TimeoutException refused) {
            return Observation.of(true, "refused");
        }
    }

    private static Observation ports(AttackContext context) throws IOException {
        Long pid = context.target().pid();
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", String.valueOf(pid), "fd"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring(8, target.length() - 1));
                    }
                } catch (IOException closed) {
                    // It was closed meanwhile.
                }
            }
        }
        Map<Integer, Boolean> listening = new TreeMap<>();
        for (String table : List.of("tcp", "tcp6")) {
            List<String> lines = Files.readAllLines(Path.of("/proc/net", table));
            for (String line : lines.subList(1, lines.size())) {
                String[] fields = line.trim().split("\\s+");
                if (fields[3].equals("0A") && inodes.contains(fields[9])) {
                    String[] local = fields[1].split(":");
                    boolean loopback = local[0].endsWith("7F")
                            || local[0].equals("00000000000000000000000001000000")
                            || local[0].endsWith("0100007F");
                    listening.merge(Integer.parseInt(local[1], 16), loopback, (a, b) -> a && b);
                }
            }
        }
        List<String> wrong = new ArrayList<>();
        listening.forEach((port, loopback) -> {
            if (!loopback) {
                wrong.add(port + " is open beyond this machine");
            }
            if (port != context.target().http().getPort()
                    && port != context.target().management().getPort()) {
                for (String scheme : List.of("http", "https")) {
                    HttpAnswer answer =
                            new HttpProbe(URI.create(scheme + "://127.0.0.1:" + port)).get("/jobs/overview");
                    if (answer.status() / 100 == 2) {
                        wrong.add(port + " shows jobs: "
                                + answer.text()
                                        .substring(0, Math.min(80, answer.text().length())));
                    }
                }
            }
        });
        return Observation.of(
                wrong.isEmpty() && !listening.isEmpty(),
                "listens on " + listening.keySet() + (wrong.isEmpty() ? "" : ": " + wrong));
    }

    private static Observation files(AttackContext context) throws IOException {
        Path data = context.target().data();
        if (data == null) {
            return Observation.notTried("no data directory");
        }
        List<String> open = new ArrayList<>();
        int count = 0;
        try (Stream<Path> files = Files.walk(data)) {
            for (var all = files.iterator(); all.hasNext(); ) {
                Path file = all.next();
                try {
                    if (Files.isSymbolicLink(file)) {
                        continue;
                    }
                    count++;
                    Set<PosixFilePermission> permissions = new HashSet<>(Files.getPosixFilePermissions(file));
                    permissions.retainAll(OTHERS);
                    if (!permissions.isEmpty()) {
                        open.add(data.relativize(file) + "");
                    }
                } catch (java.nio.file.NoSuchFileException removed) {
                    // Checkpoints and segments come and go.
                }
            }
        } catch (java.io.UncheckedIOException removed) {
            // A folder went while it was read; what was seen until then counts.
        }
        return Observation.of(
                open.isEmpty() && count > 0,
                count + " files"
                        + (open.isEmpty()
                                ? ", all private"
                                : ", open: " + open.size() + " such as "
                                        + open.subList(0, Math.min(MAX_LISTED, open.size()))));
    }

    private static Observation commandLines(AttackContext context) {
        Path data = context.target().data();
        Long pid = context.target().pid();
        if (data == null || pid == null) {
            return Observation.notTried("no process");
        }
        Set<String> secrets = new HashSet<>();
        for (String file : List.of("secrets.json", "credentials.json")) {
            PrivateFile.read(data.resolve("run").resolve(file)).ifPresent(json -> collect(json, secrets));
        }
        List<String> found = new ArrayList<>();
        ProcessHandle launcher = ProcessHandle.of(pid).orElseThrow();
        List<ProcessHandle> processes = new ArrayList<>(List.of(launcher));
        launcher.descendants().forEach(processes::add);
        for (ProcessHandle process : processes) {
            String line = process.info().commandLine().orElse("");
            if (secrets.stream().anyMatch(line::contains)) {
                found.add(process.pid() + " (" + process.info().command().orElse("?") + ")");
            }
        }
        return Observation.of(
                found.isEmpty() && !secrets.isEmpty(),
                processes.size() + " processes" + (found.isEmpty() ? ", none" : ": " + found));
    }

    private static void collect(JsonNode json, Set<String> secrets) {
        if (json.isTextual() && json.textValue().length() >= 16) {
            secrets.add(json.textValue());
        }
        json.forEach(child -> collect(child, secrets));
    }
}
