package io.ecomind.dev.check.attack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.dev.check.attack.Attempt.Result;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Tells what tries found, in lines or as one JSON document. Stateless. */
final class AttackReport {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private AttackReport() {}

    static void print(PrintWriter out, AttackRun.Finding finding) {
        Attempt attempt = finding.attempt();
        out.printf(
                Locale.ROOT,
                "%-4s %-9s %s%n     tried     %s%n     expected  %s%n     seen      %s%n",
                attempt.number(),
                title(finding.observation().result()),
                attempt.name(),
                attempt.tries(),
                attempt.expects(),
                finding.observation().seen());
        if (finding.cost() != null) {
            out.println("     cost      " + finding.cost().line());
        }
        out.flush();
    }

    static void list(PrintWriter out, List<Attempt> attempts) {
        for (Attempt attempt : attempts) {
            out.printf(Locale.ROOT, "%-4s %-28s %s%n", attempt.number(), attempt.name(), attempt.tries());
        }
    }

    static ObjectNode json(AttackTarget target, long seed, List<AttackRun.Finding> findings) {
        ObjectNode json = JSON.createObjectNode();
        json.put("http", target.http().toString()).put("seed", seed);
        for (Result result : Result.values()) {
            json.put(result.name().toLowerCase(Locale.ROOT), count(findings, result));
        }
        var tries = json.putArray("tries");
        for (AttackRun.Finding finding : findings) {
            Attempt attempt = finding.attempt();
            ObjectNode one = tries.addObject();
            one.put("number", attempt.number()).put("name", attempt.name());
            one.put("tried", attempt.tries()).put("expected", attempt.expects());
            one.put("verdict", finding.observation().result().name().toLowerCase(Locale.ROOT));
            one.put("seen", finding.observation().seen());
            if (finding.cost() != null) {
                one.set("cost", JSON.valueToTree(finding.cost()));
            }
        }
        return json;
    }

    static String text(ObjectNode json) {
        try {
            return JSON.writeValueAsString(json);
        } catch (JsonProcessingException bug) {
            throw new IllegalStateException("the report cannot be written as JSON", bug);
        }
    }

    static String conclusion(List<AttackRun.Finding> findings) {
        long broken = count(findings, Result.BROKEN);
        long notTried = count(findings, Result.NOT_TRIED);
        return "attack: " + count(findings, Result.HELD) + " held, " + broken + " broken"
                + (notTried == 0 ? "" : ", " + notTried + " not tried, so not all is shown");
    }

    private static long count(List<AttackRun.Finding> findings, Result result) {
        return findings.stream().filter(f -> f.observation().result() == result).count();
    }

    /** The result with that title. */
    static Result result(String title) {
        return Stream.of(Result.values())
                .filter(result -> title(result).equals(title))
                .findFirst()
                .orElseThrow();
    }

    private static String title(Result result) {
        return switch (result) {
            case HELD -> "held";
            case BROKEN -> "BROKEN";
            case NOT_TRIED -> "not tried";
        };
    }
}
