package io.ecomind.footprint;

/** What counts as a date at the end of a model's name. Constants only. */
public final class ModelDates {
    private static final String MONTH = "(?:0[1-9]|1[0-2])";

    /** 20250805, 250805, 2024-08-06, 08-2024, 08-06, 0806 or 2408: a part of a regular expression without groups. */
    public static final String PATTERN = "(?:\\d{8}|\\d{6}|\\d{4}-\\d{2}-\\d{2}|" + MONTH + "-\\d{4}|" + MONTH
            + "-\\d{2}|" + MONTH + "\\d{2}|2\\d" + MONTH + ")";

    private ModelDates() {}
}
