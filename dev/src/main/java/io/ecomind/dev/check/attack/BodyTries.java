package io.ecomind.dev.check.attack;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.dev.check.attack.Attempt.Observation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Requests that are small on the wire and large inside, or that ask for large answers. Stateless. */
final class BodyTries {
    /** More than the organisation may have in memory at once. */
    private static final int TOO_MANY = 429;

    private static final Duration SOON = Duration.ofSeconds(8);
    private static final long MAX_ANSWER = 256 << 10;
    private static final int FIELDS = 1_000_000;
    private static final int USERS = 20_000;
    private static final int PER_REQUEST = 1_000;
    private static final int QUERIES = 12;
    private static final Duration COUNTED_WITHIN = Duration.ofSeconds(90);
    private static final Set<Integer> REFUSALS = Set.of(400, 413, 429, 503);
    private static final Set<Integer> QUERY_ANSWERS = Set.of(200, 400, 429, 503);

    private BodyTries() {}

    static List<Attempt> all() {
        Set<AttackNeed> key = Set.of(AttackNeed.TENANTS);
        return List.of(
                new Attempt(
                        "2a",
                        "gzip-of-equal-fields",
                        "4 requests at once, each gzip of one object with a million fields named \"\"",
                        "400 or 413 of at most 256 KiB within 8 s each, and the refusal is listed",
                        key,
                        BodyTries::equalFields),
                new Attempt(
                        "2b",
                        "gzip-of-zeros",
                        "4 requests at once, each gzip of 400 MB of zeros",
                        "413 of at most 256 KiB within 8 s each",
                        key,
                        context ->
                                bodies(context, AttackContext.gzip(new byte[1 << 20], 400), Set.of(413), MAX_ANSWER)),
                new Attempt(
                        "2c",
                        "many-errors",
                        "4 requests at once with 1,000 items of 40 wrong fields each",
                        "400 or 413 of at most 1 MiB within 8 s each, or 429 for some of them",
                        key,
                        context -> bodies(context, manyErrors(), Set.of(400, 413, 429), 4 * MAX_ANSWER)),
                new Attempt(
                        "2d",
                        "different-unknown-fields",
                        "4 requests at once with one item of 400,000 different unknown fields",
                        "202, 400 or 413 of at most 256 KiB within 8 s each, or 429 for some of them",
                        key,
                        context -> bodies(context, unknownFields(context), Set.of(202, 400, 413, 429), MAX_ANSWER)),
                new Attempt(
                        "2e",
                        "deep-nesting",
                        "4 requests at once with 5 MB of opening brackets, and with a number of 5,000,000 digits",
                        "400 or 413 of at most 256 KiB within 8 s each, or 429 for some of them",
                        key,
                        BodyTries::deep),
                new Attempt(
                        "2f",
                        "long-names-in-answers",
                        "an item with an unknown field whose name and one whose value has a million characters",
                        "an answer of at most 256 KiB",
                        key,
                        BodyTries::longNames),
                new Attempt(
                        "2g",
                        "large-answers-at-once",
                        QUERIES + " queries by user at once over " + USERS + " users with names of 200 characters",
                        "/healthz within 1 s and another organisation's query within 2 s meanwhile; no more than 64 MiB"
                                + " of answers in work at a time, by pages or by refusing some",
                        key,
                        BodyTries::largeAnswers));
    }

    private static Observation equalFields(AttackContext context) throws Exception {
        byte[] zipped =
                AttackContext.gzip(("{" + "\"\":0,".repeat(FIELDS) + "\"\":0}").getBytes(StandardCharsets.US_ASCII));
        Observation answers = bodies(context, zipped, REFUSALS, MAX_ANSWER);
        boolean listed = AttackContext.await(
                Duration.ofSeconds(20),
                () -> context.query(own(context), "/v1/events/rejected?limit=1")
                                .json()
                                .path("rows")
                                .size()
                        > 0);
        return Observation.of(
                answers.result() == Attempt.Result.HELD && listed,
                answers.seen() + "; the refusal is " + (listed ? "listed" : "not listed"));
    }

    private static Observation bodies(AttackContext context, byte[] zipped, Set<Integer> allowed, long most)
            throws Exception {
        AttackTenants.Tenant tenant = own(context);
        List<HttpAnswer> answers = AttackContext.atOnce(
                4,
                () -> context.http()
                        .post(
                                AttackContext.INGEST,
                                zipped,
                                "Authorization",
                                tenant.authorization(),
                                "Content-Type",
                                AttackContext.JSON_TYPE,
                                "Content-Encoding",
                                "gzip"));
        // The same events each time, which count once.
        answers.stream()
                .filter(answer -> answer.status() == 202)
                .findFirst()
                .ifPresent(answer -> context.accepted(
                        tenant.org(), answer.json().path("accepted").asLong()));
        // Were all of them refused for their number, nothing would have been read.
        boolean read = answers.stream().anyMatch(answer -> answer.status() != TOO_MANY);
        boolean held = read
                && answers.stream()
                        .allMatch(answer -> allowed.contains(answer.status())
                                && answer.bytes() <= most
                                && answer.took().compareTo(SOON) <= 0);
        return Observation.of(held, zipped.length + " bytes sent: " + described(answers));
    }

    private static Observation deep(AttackContext context) throws Exception {
        Observation brackets = bodies(
                context,
                AttackContext.gzip("[".getBytes(StandardCharsets.US_ASCII), 5_000_000),
                Set.of(400, 413, 429),
                MAX_ANSWER);
        byte[] digits = AttackContext.gzip(
                ("{\"tokens_in\":" + "9".repeat(5_000_000) + "}").getBytes(StandardCharsets.US_ASCII));
        Observation number = bodies(context, digits, Set.of(400, 413, 429), MAX_ANSWER);
        return Observation.of(
                brackets.result() == Attempt.Result.HELD && number.result() == Attempt.Result.HELD,
                brackets.seen() + "; digits: " + number.seen());
    }

    private static Observation longNames(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = own(context);
        String name = "n".repeat(1_000_000);
        HttpAnswer unknown = context.ingest(tenant, context.event("u-long", name, "1"));
        HttpAnswer value = context.ingest(tenant, context.event("u-long", "region", name));
        return Observation.of(
                unknown.status() > 0
                        && unknown.bytes() <= MAX_ANSWER
                        && value.status() == 400
                        && value.bytes() <= MAX_ANSWER,
                described(List.of(unknown, value)));
    }

    private static Observation largeAnswers(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("many-users", "enterprise");
        AttackTenants.Tenant other = context.open();
        String filler = "x".repeat(190);
        for (int from = 0; from < USERS; from += PER_REQUEST) {
            int first = from;
            String body = IntStream.range(first, first + PER_REQUEST)
                    .mapToObj(i -> context.event("u" + i + "-" + filler))
                    .collect(Collectors.joining(",", "[", "]"));
            HttpAnswer answer = context.ingest(tenant, body);
            if (answer.status() != 202) {
                return Observation.of(false, "the events of the users were not accepted: " + answer.brief());
            }
        }
        if (!AttackContext.await(COUNTED_WITHIN, () -> context.counted(tenant) >= USERS)) {
            return Observation.of(false, context.counted(tenant) + " of " + USERS + " events counted after 90 s");
        }
        List<HttpAnswer> answers;
        List<HttpAnswer> others = new ArrayList<>();
        try (var health = new HealthWatch(context.http())) {
            var asking = new Thread(() -> {
                while (!Thread.currentThread().isInterrupted() && others.size() < 5) {
                    others.add(context.query(other, "/v1/today"));
                }
            });
            asking.start();
            answers = AttackContext.atOnce(QUERIES, () -> context.query(tenant, "/v1/aggregate/daily?group_by=user"));
            asking.interrupt();
            asking.join(30_000);
            long inWork = answers.stream()
                    .filter(a -> !"chunked".equals(a.headers().get("transfer-encoding")))
                    .mapToLong(HttpAnswer::bytes)
                    .sum();
            boolean otherServed =
                    others.stream().allMatch(a -> a.status() == 200 && a.took().compareTo(Duration.ofSeconds(2)) < 0);
            boolean held = answers.stream().allMatch(a -> QUERY_ANSWERS.contains(a.status()))
                    && inWork <= 64L << 20
                    && health.isWithin(Duration.ofSeconds(1))
                    && otherServed;
            return Observation.of(
                    held,
                    described(answers) + ", held whole in memory: " + (inWork >> 20) + " MiB; " + health.line()
                            + "; another organisation's queries: " + described(others));
        }
    }

    private static AttackTenants.Tenant own(AttackContext context) {
        try {
            return context.tenant("bodies", "enterprise");
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] manyErrors() {
        String item = "{" + "\"unknown-field-of-a-certain-length\":0,".repeat(40) + "\"tokens_in\":-1}";
        return AttackContext.gzip(("[" + (item + ",").repeat(999) + item + "]").getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] unknownFields(AttackContext context) {
        String valid = context.event("u-fields");
        return AttackContext.gzip(IntStream.range(0, 400_000)
                .mapToObj(i -> "\"f" + i + "\":0")
                .collect(Collectors.joining(",", "{", "," + valid.substring(1)))
                .getBytes(StandardCharsets.US_ASCII));
    }

    private static String described(List<HttpAnswer> answers) {
        long largest = answers.stream().mapToLong(HttpAnswer::bytes).max().orElse(0);
        long slowest =
                answers.stream().mapToLong(a -> a.took().toMillis()).max().orElse(0);
        int errors = answers.stream()
                .map(HttpAnswer::json)
                .map(json -> json.path("errors"))
                .mapToInt(JsonNode::size)
                .max()
                .orElse(0);
        return GrpcTries.counted(answers.stream().map(HttpAnswer::brief).toList()) + ", the largest of " + largest
                + " bytes" + (errors > 0 ? " with " + errors + " errors" : "") + ", the slowest after " + slowest
                + " ms";
    }
}
