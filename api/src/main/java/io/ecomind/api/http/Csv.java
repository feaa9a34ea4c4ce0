package io.ecomind.api.http;

import io.ecomind.usage.PrintableStrings;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.eclipse.jetty.http.QuotedQualityCSV;
import org.jspecify.annotations.Nullable;

/** Answers in RFC 4180 CSV with a header row, harmless in spreadsheets, and the choice between CSV and JSON. Stateless. */
public final class Csv {
    public static final String CONTENT_TYPE = "text/csv; charset=utf-8; header=present";

    /** After compatibility normalisation, which makes the full-width and small forms these; the minus sign has none. */
    private static final String STARTS_A_FORMULA = "=+-@\u2212";

    private Csv() {}

    /**
     * Which of CSV and JSON the header Accept prefers: the one with the higher quality, and of equal ones the one that
     * stands first. JSON when it names neither.
     */
    public static boolean prefers(@Nullable String accept) {
        if (accept == null) {
            return false;
        }
        var ranges = new QuotedQualityCSV();
        try {
            ranges.addValue(accept);
        } catch (IllegalArgumentException malformed) {
            return false;
        }
        // Sorted by quality; ranges with the quality 0 are left out.
        for (String range : ranges.getValues()) {
            String type = range.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
            if (type.equals("text/csv")) {
                return true;
            }
            if (type.equals("application/json")) {
                return false;
            }
        }
        return false;
    }

    /** Writes the rows as they come. */
    public static void stream(OutputStream out, List<String> header, Iterator<List<@Nullable Object>> rows)
            throws IOException {
        var text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
        var csv = new CSVPrinter(text, CSVFormat.RFC4180);
        csv.printRecord(header);
        while (rows.hasNext()) {
            for (Object value : rows.next()) {
                csv.print(cell(value));
            }
            csv.println();
        }
        csv.flush();
    }

    /** Answers with a document, to be saved under a name. */
    public static void write(Context ctx, String fileName, String document) {
        nameFile(ctx, fileName);
        ctx.contentType(CONTENT_TYPE).result(document.getBytes(StandardCharsets.UTF_8));
    }

    /** Has a browser save the answer under a name. */
    public static void nameFile(Context ctx, String fileName) {
        ctx.header("Content-Disposition", "attachment; filename=\"" + fileName + "\"");
    }

    /**
     * Spreadsheets run a string that begins like a formula; an apostrophe makes it text. Some look past blanks and invisible
     * characters, and some take full-width forms for the plain ones. Numbers are not negative.
     */
    static @Nullable String cell(@Nullable Object value) {
        if (value instanceof String text) {
            return guarded(text);
        }
        if (value instanceof BigDecimal amount) {
            return amount.toPlainString();
        }
        return value == null ? null : value.toString();
    }

    /** Some spreadsheets take a semicolon or a tab for the end of a cell, so that another one begins behind it. */
    private static String guarded(String text) {
        var guarded = new StringBuilder(text.length() + 1);
        int begin = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || text.charAt(i) == ';' || text.charAt(i) == '\t') {
                String part = text.substring(begin, i);
                // Blanks at the beginning may be tabs, too: one apostrophe before them is enough.
                boolean formula = begin == 0
                        ? startsLikeFormula(text)
                        : !text.substring(0, begin).isBlank() && startsLikeFormula(part);
                guarded.append(formula ? "'" : "").append(part);
                if (i < text.length()) {
                    guarded.append(text.charAt(i));
                }
                begin = i + 1;
            }
        }
        return guarded.toString();
    }

    private static boolean startsLikeFormula(String text) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (PrintableStrings.isInvisible(c)) {
                // Nothing harmless begins so, and what the spreadsheet sees behind it is not for us to guess.
                return true;
            }
            if (!Character.isWhitespace(c) && !Character.isSpaceChar(c)) {
                String plain = Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKC);
                return STARTS_A_FORMULA.indexOf(plain.charAt(0)) >= 0;
            }
            i += Character.charCount(c);
        }
        return false;
    }
}
