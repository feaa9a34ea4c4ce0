package io.ecomind.usage;

import org.jspecify.annotations.Nullable;

/** Which characters a string of a sender may have, and how such strings are shown in messages. Stateless. */
public final class PrintableStrings {
    private static final int MAX_SHOWN = 40;

    private PrintableStrings() {}

    /**
     * The first character that PostgreSQL or UTF-8 cannot store, or that is not printable: a control character or half
     * of a surrogate pair.
     *
     * @param whitespace whether tab, line feed and carriage return are allowed
     * @return the character and its position, in words; null when there is none
     */
    public static @Nullable String findIllegalCharacter(CharSequence string, boolean whitespace) {
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c < ' ' && !(whitespace && (c == '\t' || c == '\n' || c == '\r'))) {
                return String.format("the control character U+%04X at position %d", (int) c, i);
            }
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < string.length()
                        && Character.isLowSurrogate(string.charAt(i + 1));
                if (!pair) {
                    return String.format("the lone surrogate U+%04X at position %d", (int) c, i);
                }
                i++;
            }
        }
        return null;
    }

    /** The string in quotation marks for a message, shortened and without control characters. */
    public static String quoted(String string) {
        return '"' + printable(string) + '"';
    }

    /** The string for a message, shortened to 40 characters, with U+FFFD in place of each control character. */
    public static String printable(String string) {
        return printable(string, MAX_SHOWN);
    }

    /** The same, shortened to {@code maxCharacters}. */
    public static String printable(String string, int maxCharacters) {
        boolean cut = string.codePointCount(0, string.length()) > maxCharacters;
        String start = cut ? string.substring(0, string.offsetByCodePoints(0, maxCharacters)) : string;
        var out = new StringBuilder(start.length() + 1);
        start.codePoints()
                .map(c -> Character.isISOControl(c) || (c >= 0xD800 && c <= 0xDFFF) ? '\uFFFD' : c)
                .forEach(out::appendCodePoint);
        return cut ? out.append('…').toString() : out.toString();
    }

    /** Bytes of the string in UTF-8, without encoding it. */
    static int utf8Length(CharSequence string) {
        int bytes = 0;
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            // Each half of a surrogate pair counts for two of the pair's four bytes.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
