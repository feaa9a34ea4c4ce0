package io.ecomind.dev.check.attack;

import static java.util.Map.entry;

import io.ecomind.dev.check.attack.Attempt.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the process says that makes all tries at once. Immutable.
 *
 * @param exit its exit code
 * @param conclusion its last line; empty when it did not come so far
 * @param results of the tries, by number
 * @param seen what was seen of each
 */
record AtOnceOutcome(int exit, String conclusion, Map<String, Result> results, Map<String, String> seen) {
    static final String CONCLUSION = "at once: ";

    private static final Pattern TITLE = Pattern.compile("(\\d+[a-z]*) +(held|BROKEN|not tried) +\\S+");
    private static final Pattern SEEN = Pattern.compile(" +seen +(.*)");

    private static final String TAKEN =
            "the connections of try 1h take the place of idle ones, as they should, and those of other tries are among them";
    private static final String SLOW =
            "its time is measured in the process of the tries, which has the lowest priority and makes all of them at once; how long"
                    + " /healthz takes is judged by the process that makes none";
    private static final String SHARED =
            "it shares an organisation with other tries, whose requests in progress are limited together";
    private static final String LOOKED_UP = "the keys of the other tries are looked up in the same table meanwhile";
    private static final String CLOSED = "broke off: java.*(?:Broken pipe|Connection reset|closed).*";

    /**
     * What may be seen of a try here without a fault of the server, for which it breaks. Whatever else breaks it counts, and made
     * alone it must hold.
     */
    static final Map<String, Excuse> EXCUSED = Map.ofEntries(
            entry("1a", new Excuse(TAKEN, CLOSED)),
            entry("1b", new Excuse(TAKEN, "(?:\\d+× (?:connection refused|grpc-status 16)(?:, )?)+")),
            entry("1c", new Excuse(SLOW, "(?:\\d+× grpc-status 8(?: after more than 3 s)?(?:, )?)+")),
            entry("1d", new Excuse(TAKEN, CLOSED)),
            entry("1e", new Excuse(TAKEN, CLOSED)),
            entry("1g", new Excuse(TAKEN, CLOSED)),
            entry(
                    "1k",
                    new Excuse(
                            TAKEN,
                            "(?:\\d+× (?:open|grpc-status 8|connection closed)(?:, )?)+; another caller: .*|"
                                    + CLOSED)),
            entry("2a", new Excuse(SLOW, bodies("400|413|429|503") + "; the refusal is listed")),
            entry("2b", new Excuse(SLOW, bodies("413"))),
            entry("2c", new Excuse(SLOW, bodies("400|413|429"))),
            entry("2d", new Excuse(SLOW, bodies("202|400|413|429"))),
            entry("2e", new Excuse(SHARED, bodies("400|413|429") + "; digits: " + bodies("400|413|429"))),
            entry(
                    "2g",
                    new Excuse(
                            SLOW,
                            answers("200|400|429|503") + ".*, held whole in memory: (?:\\d|[1-5]\\d|6[0-4]) MiB; .*"
                                    + "another organisation's queries: " + answers("200") + ".*")),
            entry(
                    "2h",
                    new Excuse(
                            SLOW,
                            "202 with 50 of 50 accepted; (?:202|400|413)[ \\w]* to empty members after \\d+ ms; (\\d+) of \\1 counted")),
            entry("3a", new Excuse(SLOW, "all ended within \\d+ s; .*another organisation: 202 .*")),
            entry("3b", new Excuse(SLOW, "all ended within \\d+ s; .*")),
            entry("3c", new Excuse(SLOW, "/healthz .*; an event: 202 .*")),
            entry(
                    "6c",
                    new Excuse(
                            SLOW,
                            ".* accepted, all counted or listed; \\[(?:\\S+: (?:202|400)[ \\w]* after \\d+ ms(?:, )?)+\\]")),
            entry(
                    "10c",
                    new Excuse(
                            SLOW,
                            "(?:\\d+× (?:401 unauthorized|503 unavailable)(?:, )?)+; the known key meanwhile: 202 after \\d+ ms")),
            entry("10b", new Excuse(LOOKED_UP, "200 of 200 refused, .*")));

    /**
     * Why a try may break.
     *
     * @param seen what is seen then, as a regular expression
     */
    record Excuse(String reason, String seen) {}

    /** Answers with one of these statuses and of less than 1 MB. */
    private static String bodies(String statuses) {
        return "\\d+ bytes sent: " + answers(statuses).replace("{1,8}", "{1,6}") + ".*";
    }

    private static String answers(String statuses) {
        return "(?:\\d+× (?:" + statuses + ")[ \\w]*, )+the largest of \\d{1,8} bytes";
    }

    AtOnceOutcome {
        results = Map.copyOf(results);
        seen = Map.copyOf(seen);
    }

    /** Reads the lines that {@link AttackReport#print} has written, among those of a log. */
    static AtOnceOutcome of(int exit, List<String> lines) {
        Map<String, Result> results = new LinkedHashMap<>();
        Map<String, String> seen = new LinkedHashMap<>();
        String conclusion = "";
        String last = "";
        for (String line : lines) {
            Matcher title = TITLE.matcher(line);
            Matcher detail = SEEN.matcher(line);
            if (title.matches()) {
                last = title.group(1);
                results.put(last, AttackReport.result(title.group(2)));
            } else if (detail.matches()) {
                seen.put(last, detail.group(1));
            } else if (line.startsWith(CONCLUSION)) {
                conclusion = line;
            }
        }
        return new AtOnceOutcome(exit, conclusion, results, seen);
    }

    /** Why the run does not count, or what did not hold in it; empty when all is well. */
    List<String> problems(Set<String> wanted) {
        List<String> problems = new ArrayList<>();
        if (exit != 0) {
            problems.add("the process of the tries ended with " + exit);
        }
        if (conclusion.isEmpty()) {
            problems.add("the process of the tries did not come to its end");
        }
        wanted.stream().sorted().forEach(number -> {
            Result result = results.get(number);
            if (result == null) {
                problems.add("nothing is known of try " + number);
            } else if (result != Result.HELD && !isExcused(number)) {
                problems.add("try " + number + (result == Result.BROKEN ? " broke: " : " was not made: ")
                        + seen.getOrDefault(number, ""));
            }
        });
        return problems;
    }

    /** One line for each try that broke and may. */
    List<String> excused() {
        return EXCUSED.entrySet().stream()
                .filter(excuse -> isExcused(excuse.getKey()))
                .sorted(Map.Entry.comparingByKey())
                .map(excuse -> "try " + excuse.getKey() + " broke, which it may here, because "
                        + excuse.getValue().reason() + ": " + seen.getOrDefault(excuse.getKey(), ""))
                .toList();
    }

    private boolean isExcused(String number) {
        Excuse excuse = EXCUSED.get(number);
        return results.get(number) == Result.BROKEN
                && excuse != null
                && seen.getOrDefault(number, "").matches(excuse.seen());
    }
}
