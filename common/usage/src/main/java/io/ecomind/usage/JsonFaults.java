package io.ecomind.usage;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with a JSON text and where, without the parser's notes about its own settings. Stateless. */
public final class JsonFaults {
    private static final int MAX_CHARACTERS = 160;

    /**
     * The parser gives the position of an opening bracket in a form of its own. The digits are few enough for an int,
     * since a message may quote the text.
     */
    private static final Pattern POSITION =
            Pattern.compile("\\[Source: .*?; line: (\\d{1,9})(?:, column: (\\d{1,9}))?\\]", Pattern.DOTALL);

    /** A limit that is exceeded is followed by the method that sets it. */
    private static final Pattern SETTING = Pattern.compile(",? from `StreamReadConstraints[^`]*`");

    private JsonFaults() {}

    /** For a text of its own: {@code line 3, column 17: …}. */
    public static String describe(JsonProcessingException fault) {
        return describe(fault, 1);
    }

    /**
     * For a text that is a part of a longer one.
     *
     * @param firstLine number of the line where the text begins, from 1
     */
    public static String describe(JsonProcessingException fault, int firstLine) {
        return line(fault.getLocation(), firstLine) + ": " + reason(fault, firstLine);
    }

    /** For a text that is one line of a file: {@code column 17: …}. */
    public static String describeInLine(JsonProcessingException fault) {
        JsonLocation location = fault.getLocation();
        return (location == null ? "unknown column" : "column " + location.getColumnNr()) + ": " + reason(fault, 0);
    }

    /**
     * The position of a fault: {@code line 3, column 17}.
     *
     * @param firstLine number of the line where the text begins, from 1
     */
    public static String line(@Nullable JsonLocation location, int firstLine) {
        return location == null
                ? "unknown line"
                : "line " + (location.getLineNr() + firstLine - 1) + ", column " + location.getColumnNr();
    }

    /** @param firstLine 0 to leave out the line */
    private static String reason(JsonProcessingException fault, int firstLine) {
        String message = fault.getOriginalMessage();
        if (message == null) {
            return "not JSON";
        }
        String positions = POSITION.matcher(message).replaceAll(found -> {
            String column = found.group(2) == null ? "" : "column " + found.group(2);
            if (firstLine == 0) {
                return column;
            }
            int line = Integer.parseInt(found.group(1)) + firstLine - 1;
            return "line " + line + (column.isEmpty() ? "" : ", " + column);
        });
        return PrintableStrings.printable(
                SETTING.matcher(positions).replaceAll("").strip(), MAX_CHARACTERS);
    }
}
