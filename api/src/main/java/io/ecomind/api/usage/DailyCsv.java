package io.ecomind.api.usage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.jspecify.annotations.Nullable;

/** Daily rows as RFC 4180 CSV with a header row, harmless in spreadsheets. Stateless. */
final class DailyCsv {
    private static final String STARTS_A_FORMULA = "=+-@\t\r";

    private DailyCsv() {}

    static String write(GroupBy groupBy, List<DailyRow> rows, @Nullable String completeThrough) {
        var out = new StringBuilder();
        List<String> columns = DailyRow.columns(groupBy);
        List<String> header = new ArrayList<>(columns);
        header.add("complete_through");
        try (var csv = new CSVPrinter(out, CSVFormat.RFC4180)) {
            csv.printRecord(header);
            for (DailyRow row : rows) {
                Map<String, @Nullable Object> view = row.toView(groupBy);
                for (String column : columns) {
                    csv.print(cell(view.get(column)));
                }
                csv.print(completeThrough);
                csv.println();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    /** Spreadsheets run a text that begins like a formula; an apostrophe makes it a text. Numbers are not negative. */
    static @Nullable String cell(@Nullable Object value) {
        if (value instanceof String text) {
            return !text.isEmpty() && STARTS_A_FORMULA.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        }
        if (value instanceof BigDecimal amount) {
            return amount.toPlainString();
        }
        return value == null ? null : value.toString();
    }
}
