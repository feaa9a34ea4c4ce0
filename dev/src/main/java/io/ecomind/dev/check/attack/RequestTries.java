package io.ecomind.dev.check.attack;

import io.ecomind.dev.check.attack.Attempt.Observation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Methods, members of gzip, numbers and hosts that a server may not have expected. Stateless. */
final class RequestTries {
    private static final Duration SOON = Duration.ofSeconds(3);
    private static final Duration BODY_WITHIN = Duration.ofSeconds(8);
    private static final Duration COUNTED_WITHIN = Duration.ofSeconds(60);
    private static final long MAX_ANSWER = 256 << 10;
    private static final int BUSY_RETRIES = 20;
    private static final int INVENTED = 100;
    private static final int EMPTY_MEMBERS = 16_000;
    private static final int MEMBERS = 50;
    private static final int MANAGEMENT_CONNECTIONS = 200;
    private static final int MAX_MANAGEMENT_CONNECTIONS = 100;
    private static final Pattern METHODS = Pattern.compile("(?m)^ecomind_http_[^{]*\\{[^}]*method=\"([^\"]*)\"");
    private static final Set<String> KNOWN =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "other");
    private static final List<String> WITH_KEY = List.of(
            "/v1/today",
            "/v1/aggregate/daily",
            "/v1/events/rejected",
            "/v1/coverage",
            "/v1/factors",
            "/v1/reconciliation",
            "/v1/restatements",
            "/v1/rating-versions");

    private RequestTries() {}

    static List<Attempt> all() {
        Set<AttackNeed> tenants = Set.of(AttackNeed.TENANTS);
        return List.of(
                new Attempt(
                        "2h",
                        "gzip-members",
                        "an event in each of " + MEMBERS + " members of gzip, and an event behind " + EMPTY_MEMBERS
                                + " empty members",
                        "all events of all members counted; the empty ones read or refused within 8 s",
                        tenants,
                        RequestTries::members),
                new Attempt(
                        "3d",
                        "management-connections",
                        MANAGEMENT_CONNECTIONS + " connections to the management port that stay idle",
                        "at most " + MAX_MANAGEMENT_CONNECTIONS + " of them are kept, and it answers",
                        Set.of(AttackNeed.MANAGEMENT),
                        RequestTries::managementConnections),
                new Attempt(
                        "6c",
                        "numbers-without-end",
                        "events with numbers such as 1e99999999999, as JSON and among lines of NDJSON",
                        "each is refused within 3 s, or accepted and then counted or listed; an event between them counted",
                        tenants,
                        RequestTries::numbers),
                new Attempt(
                        "12h",
                        "invented-methods",
                        INVENTED + " invented methods without a key, in the request line and in X-HTTP-Method-Override",
                        "each refused, and none of them a label of a metric",
                        Set.of(),
                        RequestTries::inventedMethods),
                new Attempt(
                        "12i",
                        "method-override",
                        "methods changed by X-HTTP-Method-Override, with a key and without",
                        "the answers are those without the header, and nothing is accepted",
                        tenants,
                        RequestTries::methodOverride),
                new Attempt(
                        "12j",
                        "head-without-key",
                        "HEAD to all paths that need a key, without one, with a forged one and with a valid one",
                        "401 without a valid one, the same as GET with it, and no content",
                        tenants,
                        RequestTries::head),
                new Attempt(
                        "12k",
                        "host-of-another",
                        "readiness and metrics asked of the management port by a name that is not its own",
                        "400, and 200 by its address",
                        Set.of(AttackNeed.MANAGEMENT),
                        RequestTries::otherHost));
    }

    private static Observation members(AttackContext context) throws SQLException {
        AttackTenants.Tenant tenant = context.tenant("gzip-members", "enterprise");
        var members = new ByteArrayOutputStream();
        for (int i = 0; i < MEMBERS; i++) {
            String part = (i == 0 ? "[" : ",") + context.event("u-member") + (i == MEMBERS - 1 ? "]" : "");
            members.writeBytes(AttackContext.gzip(part.getBytes(StandardCharsets.UTF_8)));
        }
        HttpAnswer all = unlessBusy(() -> gzipped(context, tenant, members.toByteArray()));
        var empty = new ByteArrayOutputStream();
        byte[] nothing = AttackContext.gzip(new byte[0]);
        for (int i = 0; i < EMPTY_MEMBERS; i++) {
            empty.writeBytes(nothing);
        }
        empty.writeBytes(AttackContext.gzip(context.event("u-member").getBytes(StandardCharsets.UTF_8)));
        HttpAnswer behind = unlessBusy(() -> gzipped(context, tenant, empty.toByteArray()));
        long accepted = all.json().path("accepted").asLong()
                + (behind.status() == 202 ? behind.json().path("accepted").asLong() : 0);
        boolean counted = AttackContext.await(COUNTED_WITHIN, () -> context.counted(tenant) == accepted);
        boolean quick = behind.took().compareTo(BODY_WITHIN) <= 0 && behind.bytes() <= MAX_ANSWER;
        return Observation.of(
                all.json().path("accepted").asLong() == MEMBERS
                        && Set.of(202, 400, 413).contains(behind.status())
                        && quick
                        && counted,
                all.brief() + " with " + all.json().path("accepted").asLong() + " of " + MEMBERS + " accepted; "
                        + behind.brief() + " to empty members after "
                        + behind.took().toMillis() + " ms; " + context.counted(tenant) + " of " + accepted
                        + " counted");
    }

    private static HttpAnswer gzipped(AttackContext context, AttackTenants.Tenant tenant, byte[] body) {
        return context.ingest(tenant.org(), tenant.authorization(), body, "Content-Encoding", "gzip");
    }

    private static Observation managementConnections(AttackContext context) throws IOException {
        var management = new HttpProbe(context.target().management());
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < MANAGEMENT_CONNECTIONS; i++) {
                try {
                    Socket socket = management.open();
                    socket.setSoTimeout(1);
                    sockets.add(socket);
                } catch (IOException refused) {
                    break;
                }
            }
            AttackContext.await(SOON, () -> open(sockets) <= MAX_MANAGEMENT_CONNECTIONS);
            long kept = open(sockets);
            HttpAnswer answer = management.get("/healthz");
            return Observation.of(
                    kept <= MAX_MANAGEMENT_CONNECTIONS && answer.status() == 200,
                    kept + " of " + MANAGEMENT_CONNECTIONS + " stay open; /healthz " + answer.brief());
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Connections that the server has not closed. */
    private static long open(List<Socket> sockets) {
        sockets.removeIf(socket -> {
            try {
                return socket.getInputStream().read() < 0;
            } catch (java.net.SocketTimeoutException waiting) {
                return false;
            } catch (IOException closed) {
                return true;
            }
        });
        return sockets.size();
    }

    private static Observation numbers(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("numbers", "enterprise");
        List<String> outcomes = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        long accepted = 0;
        for (String number : List.of(
                "1e99999999999",
                "-1e99999999999",
                "1e-99999999999",
                "1e2147483648",
                "0e99999999999",
                "1.5e999999999",
                "1e+" + "9".repeat(500),
                "NaN",
                "1e")) {
            for (String place : List.of("\"tokens_in\":%s", "\"metadata\":{\"a\":%s}", "\"unknown\":%s", "\"ts\":%s")) {
                String field = place.formatted(number);
                String one = eventWith(context, field);
                byte[] lines = (eventWith(context, field) + "\n" + context.event("u-numbers") + "\n")
                        .getBytes(StandardCharsets.UTF_8);
                HttpAnswer alone = unlessBusy(() -> context.ingest(tenant, one));
                HttpAnswer among = unlessBusy(() -> context.ingest(
                        tenant.org(), tenant.authorization(), lines, "Content-Type", "application/x-ndjson"));
                for (HttpAnswer answer : List.of(alone, among)) {
                    outcomes.add(answer.brief());
                    accepted += answer.status() == 202
                            ? answer.json().path("accepted").asLong()
                            : 0;
                    if (answer.status() < 200
                            || answer.status() >= 500
                            || answer.took().compareTo(SOON) > 0) {
                        wrong.add(field + ": " + answer.brief() + " after "
                                + answer.took().toMillis() + " ms");
                    }
                }
                if (among.status() != 202) {
                    wrong.add(field + " took its neighbour with it: " + among.brief());
                }
            }
        }
        long expected = accepted;
        boolean found = AttackContext.await(
                COUNTED_WITHIN, () -> CountingTries.isAccountedFor(context, tenant.org(), expected));
        return Observation.of(
                wrong.isEmpty() && found && expected > 0,
                GrpcTries.counted(outcomes) + "; " + expected + " accepted, "
                        + (found ? "all counted or listed" : "not all found") + (wrong.isEmpty() ? "" : "; " + wrong));
    }

    /** Asks again while the server has too much to do: that answer tells nothing of the request. */
    private static HttpAnswer unlessBusy(Supplier<HttpAnswer> request) {
        HttpAnswer answer = request.get();
        for (int i = 0; i < BUSY_RETRIES && answer.status() == 503; i++) {
            AttackContext.await(Duration.ofMillis(500), () -> false);
            answer = request.get();
        }
        return answer;
    }

    /** An event of its own with this field, in the place of one of the same name. */
    private static String eventWith(AttackContext context, String field) {
        String name = field.substring(0, field.indexOf(':'));
        return context.event("u-numbers")
                .replaceFirst(name + ":(?:\"[^\"]*\"|\\d+),", "")
                .replaceFirst("\\{", "{" + field + ",");
    }

    private static Observation inventedMethods(AttackContext context) {
        var management = new HttpProbe(context.target().management());
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < INVENTED; i++) {
            String name = "INVENTED" + context.run().toUpperCase(java.util.Locale.ROOT) + i;
            List<HttpAnswer> answers = List.of(
                    context.http().exchange(context.http().head(name, "/v1/today") + "\r\n", new byte[0]),
                    context.http().get("/v1/today", "X-HTTP-Method-Override", name));
            answers.stream()
                    .filter(answer -> answer.status() > 0 && answer.status() < 400)
                    .forEach(answer -> taken.add(name + ": " + answer.brief()));
        }
        HttpAnswer metrics = management.get("/metrics");
        Set<String> labels = METHODS.matcher(metrics.text())
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        if (labels.isEmpty()) {
            return Observation.notTried("/metrics shows no method: " + metrics.brief());
        }
        boolean known = KNOWN.containsAll(labels);
        return Observation.of(
                known && taken.isEmpty() && !metrics.text().contains("INVENTED"),
                2 * INVENTED + " requests; labels " + labels + (taken.isEmpty() ? "" : "; taken: " + taken));
    }

    private static Observation methodOverride(AttackContext context) throws SQLException {
        AttackTenants.Tenant tenant = context.tenant("override", "enterprise");
        byte[] event = context.event("u-override").getBytes(StandardCharsets.UTF_8);
        List<String> wrong = new ArrayList<>();
        int tries = 0;
        for (String[] request : new String[][] {
            {"GET", AttackContext.INGEST, "POST"},
            {"PUT", AttackContext.INGEST, "POST"},
            {"OPTIONS", AttackContext.INGEST, "POST"},
            {"POST", "/v1/today", "GET"},
            {"POST", "/healthz", "GET"},
            {"DELETE", "/docs", "GET"},
            {"GET", "/v1/today", "DELETE"}
        }) {
            for (String authorization : List.of("Bearer none", tenant.authorization())) {
                tries++;
                int[] statuses = new int[2];
                for (int with = 0; with < 2; with++) {
                    String head = context.http().head(request[0], request[1], "Authorization", authorization)
                            + (with == 0 ? "" : "X-HTTP-Method-Override: " + request[2] + "\r\n")
                            + (request[0].equals("GET")
                                    ? "\r\n"
                                    : "Content-Type: application/json\r\nContent-Length: " + event.length + "\r\n\r\n");
                    byte[] body = request[0].equals("GET") ? new byte[0] : event;
                    HttpAnswer answer = unlessBusy(() -> context.http().exchange(head, body));
                    if (answer.status() == 202) {
                        context.accepted(
                                tenant.org(), answer.json().path("accepted").asLong());
                    }
                    statuses[with] = answer.status();
                }
                if (statuses[0] != statuses[1] || statuses[1] == 202) {
                    wrong.add(request[0] + " " + request[1] + " as " + request[2] + ": " + statuses[1] + " instead of "
                            + statuses[0]);
                }
            }
        }
        return Observation.of(wrong.isEmpty(), tries + " pairs" + (wrong.isEmpty() ? ", all alike" : ": " + wrong));
    }

    private static Observation head(AttackContext context) throws SQLException {
        AttackTenants.Tenant tenant = context.open();
        List<String> wrong = new ArrayList<>();
        for (String path : WITH_KEY) {
            for (String authorization : List.of("", "Bearer eco_" + "a".repeat(16) + "_" + "b".repeat(40))) {
                HttpAnswer answer = headOf(context, path, authorization);
                if (answer.status() != 401 || answer.bytes() > 0) {
                    wrong.add(path + " without a key: " + answer.brief());
                }
            }
            HttpAnswer known = headOf(context, path, tenant.authorization());
            HttpAnswer get = unlessBusy(() -> context.query(tenant, path));
            if (known.status() != get.status() || known.status() == 401 || known.bytes() > 0) {
                wrong.add(path + " with a key: " + known.status() + " of " + known.bytes() + " bytes instead of "
                        + get.status());
            }
        }
        return Observation.of(
                wrong.isEmpty(), WITH_KEY.size() + " paths" + (wrong.isEmpty() ? ", all refused" : ": " + wrong));
    }

    /** What comes behind the headers counts as content, whatever they say of its length. */
    private static HttpAnswer headOf(AttackContext context, String path, String authorization) {
        String head = authorization.isEmpty()
                ? context.http().head("HEAD", path)
                : context.http().head("HEAD", path, "Authorization", authorization);
        return unlessBusy(() -> context.http().exchange(head + "Connection: close\r\n\r\n", new byte[0]));
    }

    private static Observation otherHost(AttackContext context) {
        URI management = context.target().management();
        var probe = new HttpProbe(management);
        List<String> answers = new ArrayList<>();
        boolean held = probe.get("/healthz").status() == 200;
        for (String path : List.of("/readyz", "/metrics", "/healthz")) {
            for (String host :
                    List.of("rebound.example", "rebound.example:" + management.getPort(), "127.0.0.1.nip.example")) {
                HttpAnswer answer = probe.exchange(
                        "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n", new byte[0]);
                held &= answer.status() == 400 && answer.isProblem();
                answers.add(answer.brief());
            }
        }
        return Observation.of(held, GrpcTries.counted(answers));
    }
}
