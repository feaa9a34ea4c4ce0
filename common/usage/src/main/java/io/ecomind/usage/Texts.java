package io.ecomind.usage;

import org.jspecify.annotations.Nullable;

/** Rules for text that strangers send. Stateless. */
public final class Texts {
    private static final int MAX_QUOTED = 40;

    private Texts() {}

    /**
     * What PostgreSQL or UTF-8 could not carry, or nobody could see.
     *
     * @param whitespace whether tab, line feed and carriage return are welcome
     * @return null when there is nothing of the kind
     */
    public static @Nullable String flaw(CharSequence text, boolean whitespace) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' && !(whitespace && (c == '\t' || c == '\n' || c == '\r'))) {
                return String.format("the control character U+%04X at position %d", (int) c, i);
            }
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    return String.format("the lone surrogate U+%04X at position %d", (int) c, i);
                }
                i++;
            }
        }
        return null;
    }

    /** The text in quotes for a message: cut, and without what a log or terminal would trip over. */
    public static String quoted(String text) {
        return '"' + printable(text) + '"';
    }

    /** The same without quotes. */
    public static String printable(String text) {
        boolean cut = text.codePointCount(0, text.length()) > MAX_QUOTED;
        String start = cut ? text.substring(0, text.offsetByCodePoints(0, MAX_QUOTED)) : text;
        var out = new StringBuilder(start.length() + 1);
        start.codePoints()
                .map(c -> Character.isISOControl(c) || (c >= 0xD800 && c <= 0xDFFF) ? '\uFFFD' : c)
                .forEach(out::appendCodePoint);
        return cut ? out.append('…').toString() : out.toString();
    }
}
