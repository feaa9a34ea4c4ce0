package io.ecomind.usage;

import org.jspecify.annotations.Nullable;

/** Which characters a string of a sender may have, and how such strings are shown in messages. Stateless. */
public final class PrintableStrings {
    private static final int MAX_SHOWN = 40;

    private PrintableStrings() {}

    /**
     * The first character that PostgreSQL or UTF-8 cannot store or, in a name, that nobody can see.
     *
     * @param whitespace whether this is a text, in which tab, line feed, carriage return and invisible characters other than
     *     control characters are allowed, and not a name
     * @return the character and its position, in words; null when there is none
     */
    public static @Nullable String findIllegalCharacter(CharSequence string, boolean whitespace) {
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c >= ' ' && c < 0x7F) {
                continue;
            }
            if (c < ' ') {
                if (!(whitespace && (c == '\t' || c == '\n' || c == '\r'))) {
                    return position("control character", c, i);
                }
                continue;
            }
            int codePoint = Character.codePointAt(string, i);
            if (Character.getType(codePoint) == Character.SURROGATE) {
                return position("lone surrogate", codePoint, i);
            }
            if (!whitespace && isInvisible(codePoint) && !joinsEmoji(string, i)) {
                return position(
                        Character.isISOControl(codePoint) ? "control character" : "invisible character", codePoint, i);
            }
            i += Character.charCount(codePoint) - 1;
        }
        return null;
    }

    private static String position(String kind, int codePoint, int index) {
        return String.format("the %s U+%04X at position %d", kind, codePoint, index);
    }

    /**
     * Whether a character is a control character or one that shows nothing or only changes how its neighbours are shown:
     * zero-width characters, direction marks and overrides, fillers, variation selectors, tags. With them two names can look
     * the same, and one can look like something that it is not.
     */
    public static boolean isInvisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> isIgnorable(codePoint);
        };
    }

    /** Unicode's Default_Ignorable_Code_Point without format characters, and the empty Braille pattern. */
    private static boolean isIgnorable(int c) {
        return c == 0x034F
                || (c >= 0x115F && c <= 0x1160)
                || (c >= 0x17B4 && c <= 0x17B5)
                || (c >= 0x180B && c <= 0x180F)
                || c == 0x2065
                || c == 0x2800
                || c == 0x3164
                || (c >= 0xFE00 && c <= 0xFE0F)
                || c == 0xFFA0
                || (c >= 0xFFF0 && c <= 0xFFF8)
                || (c >= 0xE0000 && c <= 0xE0FFF);
    }

    /** Emoji are joined by U+200D and coloured by U+FE0F, which change what is seen there. */
    private static boolean joinsEmoji(CharSequence string, int i) {
        char c = string.charAt(i);
        if ((c != 0x200D && c != 0xFE0F) || i == 0) {
            return false;
        }
        int before = Character.codePointBefore(string, i);
        int type = Character.getType(before);
        if (c == 0xFE0F) {
            boolean keycap = i + 1 < string.length() && string.charAt(i + 1) == 0x20E3;
            return type == Character.OTHER_SYMBOL || type == Character.MATH_SYMBOL || keycap;
        }
        return i + 1 < string.length()
                && (type == Character.OTHER_SYMBOL || type == Character.MODIFIER_SYMBOL || before == 0xFE0F)
                && Character.getType(Character.codePointAt(string, i + 1)) == Character.OTHER_SYMBOL;
    }

    /** The string in quotation marks for a message, shortened and without invisible characters. */
    public static String quoted(String string) {
        return '"' + printable(string) + '"';
    }

    /** The string for a message, shortened to 40 characters, with U+FFFD in place of each invisible character. */
    public static String printable(String string) {
        return printable(string, MAX_SHOWN);
    }

    /** The same, shortened to {@code maxCharacters}. */
    public static String printable(String string, int maxCharacters) {
        // Not of more than can be shown: a sender's string may have megabytes.
        String head = string.length() > 2 * maxCharacters + 1 ? string.substring(0, 2 * maxCharacters + 1) : string;
        boolean cut = head.codePointCount(0, head.length()) > maxCharacters;
        String start = cut ? head.substring(0, head.offsetByCodePoints(0, maxCharacters)) : head;
        var out = new StringBuilder(start.length() + 1);
        start.codePoints().map(c -> isInvisible(c) ? '\uFFFD' : c).forEach(out::appendCodePoint);
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
