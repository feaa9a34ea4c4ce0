package io.ecomind.jobs.runtime;

/**
 * The uid of every operator. State in a savepoint is found by them, so none is ever renamed or given to another
 * operator.
 */
public final class Uids {
    public static final String RAW_SOURCE = "raw-source";
    public static final String ROUTE_RECORDS = "route-records";
    public static final String REFERENCE_SOURCE = "reference-source";
    public static final String AWAIT_REFERENCE_SNAPSHOT = "await-reference-snapshot";
    public static final String ENRICH_FIRST_SIGHTING = "enrich-first-sighting";
    public static final String HEARTBEAT_ON_WATERMARK = "heartbeat-on-watermark";
    public static final String ENRICHED_SINK = "enriched-sink";
    public static final String REJECTED_SINK = "rejected-sink";

    public static final String LEDGER_SOURCE = "ledger-source";
    public static final String PROJECT_TO_TABLES = "project-to-tables";
    public static final String COMBINE_USAGE = "combine-usage";
    public static final String DAILY_WINDOWS = "daily-windows";
    public static final String CONTROL_SINK = "control-sink";
    public static final String REJECTION_SOURCE = "rejection-source";
    public static final String REJECTION_TABLE_SINK = "rejection-table-sink";

    public static final String RESTATED_ROWS_SOURCE = "restated-rows-source";
    public static final String RATE_AGAIN = "rate-again";
    public static final String STAGED_ROWS_SINK = "staged-rows-sink";
    public static final String COMBINE_RESTATED = "combine-restated";
    public static final String SUM_RESTATED = "sum-restated";
    public static final String STAGED_TOTALS_SINK = "staged-totals-sink";

    public static final String CLOSED_DAYS = "closed-days";

    private Uids() {}
}
