package io.ecomind.cli;

import java.util.ArrayList;
import java.util.List;

/** A table for the terminal: first columns to the left, figures to the right. Not thread-safe. */
public final class TextTable {
    private final int leftColumns;
    private final List<List<String>> rows = new ArrayList<>();

    /** @param leftColumns how many columns are names and not figures */
    public TextTable(int leftColumns, String... header) {
        this.leftColumns = leftColumns;
        rows.add(List.of(header));
        rows.add(List.of());
    }

    public void row(String... cells) {
        if (cells.length != rows.get(0).size()) {
            throw new IllegalArgumentException("the table has " + rows.get(0).size() + " columns");
        }
        rows.add(List.of(cells));
    }

    /** A line across. */
    public void rule() {
        rows.add(List.of());
    }

    public List<String> lines() {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], length(row.get(i)));
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append("  ");
                if (row.isEmpty()) {
                    line.append("─".repeat(widths[i]));
                    continue;
                }
                String pad = " ".repeat(widths[i] - length(row.get(i)));
                line.append(i < leftColumns ? row.get(i) + pad : pad + row.get(i));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
