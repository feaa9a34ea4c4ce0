package io.ecomind.dev.check.attack;

import io.ecomind.dev.check.attack.Attempt.Observation;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** HTTP as it should not be, names that deceive, and what answers tell about the server. Stateless. */
final class ProtocolTries {
    private static final Duration COUNTED_WITHIN = Duration.ofSeconds(40);

    private ProtocolTries() {}

    static List<Attempt> all() {
        Set<AttackNeed> tenants = Set.of(AttackNeed.TENANTS);
        return List.of(
                new Attempt(
                        "12a",
                        "error-documents",
                        "requests that end in 400, 401, 404, 405, 413, 414, 415, 431",
                        "each a problem document with a code, 405 with Allow",
                        tenants,
                        ProtocolTries::errorDocuments),
                new Attempt(
                        "12b",
                        "odd-headers",
                        "two lengths, length and chunks, folded and broken header lines, two hosts, NUL, bare line feeds",
                        "each refused with 400 or by closing the connection, and nothing accepted",
                        tenants,
                        ProtocolTries::oddHeaders),
                new Attempt(
                        "12c",
                        "deceiving-names",
                        "names with bidirectional, zero-width and control characters",
                        "refused, or shown with these characters escaped",
                        tenants,
                        ProtocolTries::deceivingNames),
                new Attempt(
                        "12d",
                        "formulas-in-csv",
                        "names that spreadsheets take for formulas: full-width signs, and signs behind invisible characters",
                        "refused, or made text by an apostrophe in CSV",
                        tenants,
                        ProtocolTries::formulas),
                new Attempt(
                        "12e",
                        "malformed-utf-8",
                        "overlong, surrogate and cut UTF-8 in names and in queries",
                        "400 each",
                        tenants,
                        ProtocolTries::malformedText),
                new Attempt(
                        "12f",
                        "metrics-in-public",
                        "/metrics and /readyz on the public port",
                        "404 each",
                        Set.of(),
                        ProtocolTries::metrics));
    }

    /** Not one of the list: the end of a run, when all answers have been looked through. */
    static Attempt inside() {
        return new Attempt(
                "12g",
                "inside-of-the-server",
                "the answers to all failed requests of this run",
                "no name of a class, no exception text, no line of code",
                Set.of(),
                context -> Observation.of(
                        context.http().leaks().isEmpty(),
                        context.http().leaks().isEmpty()
                                ? "none"
                                : String.join("; ", context.http().leaks())));
    }

    private static Observation errorDocuments(AttackContext context) throws SQLException {
        String key = context.open().authorization();
        HttpProbe http = context.http();
        Map<String, HttpAnswer> answers = new TreeMap<>();
        answers.put("400 request line", http.exchange("GEt\r\n\r\n", new byte[0]));
        answers.put("400 target", http.exchange("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", new byte[0]));
        answers.put("400 host", http.exchange("GET / HTTP/1.1\r\n\r\n", new byte[0]));
        answers.put(
                "400 body",
                http.post(
                        AttackContext.INGEST,
                        new byte[0],
                        "Authorization",
                        key,
                        "Content-Type",
                        AttackContext.JSON_TYPE));
        answers.put("401", http.get("/v1/today"));
        answers.put("404", http.get("/v1/nothing"));
        answers.put(
                "405",
                http.exchange(http.head("DELETE", AttackContext.INGEST, "Authorization", key) + "\r\n", new byte[0]));
        answers.put(
                "405 method",
                http.exchange(http.head("BREW", AttackContext.INGEST, "Authorization", key) + "\r\n", new byte[0]));
        answers.put(
                "413",
                http.post(
                        AttackContext.INGEST,
                        new byte[6 << 20],
                        "Authorization",
                        key,
                        "Content-Type",
                        AttackContext.JSON_TYPE));
        answers.put("414", http.get("/" + "a".repeat(20_000)));
        answers.put(
                "415",
                http.post(AttackContext.INGEST, new byte[1], "Authorization", key, "Content-Type", "text/plain"));
        answers.put("431", http.get("/healthz", "X-Long", "a".repeat(20_000)));
        List<String> wrong = new ArrayList<>();
        answers.forEach((name, answer) -> {
            boolean right = answer.isProblem()
                    && (Integer.toString(answer.status()).equals(name.substring(0, 3))
                            || (name.equals("405 method") && answer.status() == 501));
            if (!right || (answer.status() == 405 && !answer.headers().containsKey("allow"))) {
                wrong.add(name + ": " + answer.brief() + " " + answer.headers().getOrDefault("content-type", "no type")
                        + (answer.headers().containsKey("allow") ? "" : ", no Allow"));
            }
        });
        return Observation.of(wrong.isEmpty(), answers.size() + " requests" + (wrong.isEmpty() ? "" : "; " + wrong));
    }

    private static Observation oddHeaders(AttackContext context) throws SQLException {
        AttackTenants.Tenant tenant = context.tenant("odd-headers", "enterprise");
        String start = "POST /v1/ingest HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: "
                + tenant.authorization() + "\r\n";
        List<String> wrong = new ArrayList<>();
        Map<String, String> heads = new TreeMap<>();
        heads.put("two lengths", "Content-Length: 5\r\nContent-Length: {n}\r\n\r\n");
        heads.put("length list", "Content-Length: {n}, {n}\r\n\r\n");
        heads.put("length with sign", "Content-Length: +{n}\r\n\r\n");
        heads.put("length and chunks", "Content-Length: {n}\r\nTransfer-Encoding: chunked\r\n\r\n");
        heads.put("unknown transfer", "Transfer-Encoding: chunked, identity\r\n\r\n");
        heads.put("compressed transfer", "Transfer-Encoding: gzip, chunked\r\n\r\n");
        heads.put("space before colon", "Content-Length : {n}\r\n\r\n");
        heads.put("folded", "X-Fold: a\r\n b\r\nContent-Length: {n}\r\n\r\n");
        heads.put("two hosts", "Host: y\r\nContent-Length: {n}\r\n\r\n");
        heads.put("NUL", "X-Nul: a\0b\r\nContent-Length: {n}\r\n\r\n");
        heads.put("no name", ": value\r\nContent-Length: {n}\r\n\r\n");
        heads.put("two keys", "Authorization: Bearer other\r\nContent-Length: {n}\r\n\r\n");
        heads.put("two types", "Content-Type: text/plain\r\nContent-Length: {n}\r\n\r\n");
        heads.put(
                "two encodings", "Content-Encoding: gzip\r\nContent-Encoding: identity\r\nContent-Length: {n}\r\n\r\n");
        heads.forEach((name, head) -> {
            byte[] body = context.event("u-odd").getBytes(StandardCharsets.UTF_8);
            HttpAnswer answer = context.http().exchange(start + head.replace("{n}", "" + body.length), body);
            if (answer.status() == 202) {
                context.accepted(tenant.org(), answer.json().path("accepted").asLong());
            }
            boolean refused =
                    answer.status() == 0 || (answer.status() >= 400 && answer.status() < 500) || answer.status() == 501;
            if (!refused) {
                wrong.add(name + ": " + answer.brief());
            }
        });
        HttpAnswer bare = context.http().exchange("GET /healthz HTTP/1.1\nHost: x\n\n", new byte[0]);
        if (bare.status() == 200) {
            wrong.add("bare line feeds: 200");
        }
        return Observation.of(
                wrong.isEmpty(),
                heads.size() + 1 + " requests" + (wrong.isEmpty() ? ", all refused" : "; taken: " + wrong));
    }

    private static Observation deceivingNames(AttackContext context) throws SQLException {
        AttackTenants.Tenant tenant = context.tenant("deceiving", "enterprise");
        String characters = "\u202e\u2066\u200b\u200f\u061c\ufeff\u2028\u00ad\u0085\u180e\u2060\u034f";
        int refused = 0;
        long sent = 0;
        for (int i = 0; i < characters.length(); i++) {
            for (String field : List.of("user_id", "model", "project")) {
                HttpAnswer answer =
                        context.ingest(tenant, context.event("u", field, "ad" + characters.charAt(i) + "min"));
                refused += answer.status() == 400 ? 1 : 0;
                sent += answer.status() == 202 ? 1 : 0;
            }
        }
        long expected = sent;
        AttackContext.await(COUNTED_WITHIN, () -> context.counted(tenant) >= expected);
        Set<String> shown = new java.util.TreeSet<>();
        for (String group : List.of("user", "model", "project")) {
            for (String accept : List.of("application/json", "text/csv")) {
                String text = context.query(tenant, "/v1/aggregate/daily?group_by=" + group, "Accept", accept)
                        .text();
                for (int i = 0; i < characters.length(); i++) {
                    if (text.indexOf(characters.charAt(i)) >= 0) {
                        shown.add(String.format("U+%04X", (int) characters.charAt(i)));
                    }
                }
            }
        }
        return Observation.of(
                shown.isEmpty(),
                refused + " refused, " + sent + " accepted" + (shown.isEmpty() ? "" : ", shown as they are: " + shown));
    }

    private static Observation formulas(AttackContext context) throws SQLException {
        AttackTenants.Tenant tenant = context.tenant("formulas", "enterprise");
        List<String> names = List.of(
                "\uff1dcmd",
                "\uff0bcmd",
                "\uff0dcmd",
                "\uff20cmd",
                "\u200b=cmd",
                "\ufeff=cmd",
                " =cmd",
                "\u00a0=cmd",
                "\u3000=cmd",
                "=cmd",
                "+cmd",
                "-cmd",
                "@cmd",
                "\u2212cmd",
                "|cmd",
                "%0acmd");
        int sent = 0;
        for (String name : names) {
            sent += context.ingest(tenant, context.event(name, "project", name)).status() == 202 ? 1 : 0;
        }
        int expected = sent;
        AttackContext.await(COUNTED_WITHIN, () -> context.counted(tenant) >= expected);
        Set<String> open = new java.util.TreeSet<>();
        for (String group : List.of("user", "project")) {
            String csv = context.query(tenant, "/v1/aggregate/daily?group_by=" + group, "Accept", "text/csv")
                    .text();
            for (String line : csv.lines().skip(1).toList()) {
                String[] cells = line.split(",", 3);
                String cell = cells.length > 1 ? cells[1].replaceFirst("^\"", "") : "";
                String visible = cell.replaceFirst("^[\\s\\p{Cf}\\u00a0\\u3000]+", "");
                if (!visible.isEmpty() && "=+-@\uff1d\uff0b\uff0d\uff20".indexOf(visible.charAt(0)) >= 0) {
                    open.add(escaped(cell));
                }
            }
        }
        return Observation.of(
                open.isEmpty(),
                sent + " of " + names.size() + " accepted"
                        + (open.isEmpty() ? ", all as text" : ", unguarded: " + open));
    }

    private static Observation malformedText(AttackContext context) throws SQLException {
        AttackTenants.Tenant tenant = context.tenant("malformed", "enterprise");
        List<String> wrong = new ArrayList<>();
        for (int[] bytes : new int[][] {
            {0xC0, 0xAF},
            {0xC1, 0xBF},
            {0xE0, 0x80, 0xAF},
            {0xF0, 0x80, 0x80, 0xAF},
            {0xED, 0xA0, 0x80},
            {0xF4, 0x90, 0x80, 0x80},
            {0xFF},
            {0x80},
            {0xE2, 0x82},
            {0xF8, 0x88, 0x80, 0x80, 0x80}
        }) {
            for (String field : List.of("user_id", "unknown", "metadata")) {
                var body = new ByteArrayOutputStream();
                String valid = context.event("u-malformed");
                String inside = field.equals("metadata") ? "{\"metadata\":{\"a\":\"" : "{\"" + field + "\":\"";
                body.writeBytes(inside.getBytes(StandardCharsets.UTF_8));
                for (int b : bytes) {
                    body.write(b);
                }
                String rest = field.equals("user_id") ? valid.replaceFirst("\"user_id\":\"[^\"]*\",", "") : valid;
                body.writeBytes(((field.equals("metadata") ? "\"}," : "\",") + rest.substring(1))
                        .getBytes(StandardCharsets.UTF_8));
                HttpAnswer answer = context.ingest(tenant.org(), tenant.authorization(), body.toByteArray());
                if (answer.status() != 400) {
                    var hex = new StringBuilder();
                    for (int b : bytes) {
                        hex.append(String.format("%02X", b));
                    }
                    wrong.add(hex + " in " + field + ": " + answer.brief());
                }
            }
        }
        for (String query : List.of("user_id=%ff", "user_id=%c0%af", "user_id=%ed%a0%80", "%e2%82=1", "user_id=%zz")) {
            HttpAnswer answer = context.query(tenant, "/v1/today?" + query);
            if (answer.status() != 400) {
                wrong.add(query + ": " + answer.brief());
            }
        }
        return Observation.of(wrong.isEmpty(), wrong.isEmpty() ? "35 refused" : "taken: " + wrong);
    }

    private static Observation metrics(AttackContext context) {
        HttpAnswer metrics = context.http().get("/metrics");
        HttpAnswer ready = context.http().get("/readyz");
        HttpAnswer health = context.http().get("/healthz");
        return Observation.of(
                metrics.status() == 404 && ready.status() == 404 && health.status() == 200,
                "/metrics " + metrics.status() + ", /readyz " + ready.status() + ", /healthz " + health.status());
    }

    private static String escaped(String text) {
        var out = new StringBuilder();
        text.chars()
                .forEach(
                        c -> out.append(c < 0x7F && c >= ' ' ? String.valueOf((char) c) : String.format("\\u%04x", c)));
        return out.toString();
    }
}
