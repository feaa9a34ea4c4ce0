package io.ecomind.dev.check.attack;

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

    /**
     * Tries that may break here without a fault of the server, with the reason. All others must hold. Each of them must hold when
     * it is made alone.
     */
    static final Map<String, String> EXCUSED = Map.ofEntries();

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
        return results.keySet().stream()
                .filter(this::isExcused)
                .sorted()
                .map(number -> "try " + number + " broke, which it may here, because " + EXCUSED.get(number) + ": "
                        + seen.getOrDefault(number, ""))
                .toList();
    }

    private boolean isExcused(String number) {
        return results.get(number) == Result.BROKEN && EXCUSED.containsKey(number);
    }
}
