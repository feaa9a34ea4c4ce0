package io.ecomind.cli.profile;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.regex.Pattern;

/** Says what is wrong with a JSON text and where, without the parser's notes about its own settings. Stateless. */
public final class JsonFaults {
    /** The parser adds the place of an opening bracket in a form of its own. */
    private static final Pattern SOURCE =
            Pattern.compile("\\[Source: .*?; line: (\\d+)(?:, column: (\\d+))?[^\\]]*\\]", Pattern.DOTALL);

    private JsonFaults() {}

    /** For a text of several lines: {@code line 3, column 17: …}. */
    public static String describe(JsonProcessingException fault) {
        JsonLocation place = fault.getLocation();
        return (place == null ? "" : "line " + place.getLineNr() + ", column " + place.getColumnNr() + ": ")
                + text(fault);
    }

    /** For a text that is one line of a file: {@code column 17: …}. */
    public static String describeInLine(JsonProcessingException fault) {
        JsonLocation place = fault.getLocation();
        return (place == null ? "" : "column " + place.getColumnNr() + ": ") + text(fault);
    }

    private static String text(JsonProcessingException fault) {
        String message = fault.getOriginalMessage();
        return message == null
                ? "not JSON"
                : SOURCE.matcher(message).replaceAll("line $1, column $2").strip();
    }
}
