package io.ecomind.jobs.restatement;

import io.ecomind.jobs.daily.UsageSum;
import io.ecomind.jobs.projection.LedgerEntry;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.jobs.runtime.Uids;
import io.ecomind.jobs.windows.CombineUsage;
import java.util.List;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * Computes sealed days anew from their event rows; bounded.
 *
 * <pre>
 * events_enriched ──(rate again)──┬──▶ combine ──by cube row──▶ sum ──▶ restatement_totals
 *  all rows of the days           └──(restatement_rows)
 * </pre>
 *
 * <p>What is in parentheses is there when days are rated under another set. Nothing takes effect here: {@link
 * RestatementRunner} puts each day in place, in one transaction, when the job has ended.
 */
public final class RestatementJob {
    public static final String NAME = "restatement";

    private RestatementJob() {}

    /**
     * Adds the job to the environment.
     *
     * @param restatement the request that the stages are filled for
     * @param factorSet rate rows again under it; null: they keep their amounts
     */
    public static void build(
            StreamExecutionEnvironment env,
            JobConfig config,
            long restatement,
            @Nullable String factorSet,
            List<SealedDay> days) {
        env.setRuntimeMode(RuntimeExecutionMode.BATCH);
        SingleOutputStreamOperator<LedgerEntry> rows = env.fromSource(
                        EventRows.of(config, days), WatermarkStrategy.noWatermarks(), "events_enriched")
                .uid(Uids.RESTATED_ROWS_SOURCE);
        if (factorSet != null) {
            rows = rows.map(new RateAgain(config, factorSet, days))
                    .uid(Uids.RATE_AGAIN)
                    .name("rate again");
            rows.sinkTo(RestatementStage.rows(config, restatement))
                    .uid(Uids.STAGED_ROWS_SINK)
                    .name("restatement_rows");
        }
        rows.transform("combine usage", TypeInformation.of(UsageSum.class), CombineUsage.forRows())
                .uid(Uids.COMBINE_RESTATED)
                .keyBy(UsageSum::key, Types.STRING)
                .reduce(UsageSum::plus)
                .uid(Uids.SUM_RESTATED)
                .name("sum by cube row")
                .sinkTo(RestatementStage.totals(config, restatement))
                .uid(Uids.STAGED_TOTALS_SINK)
                .name("restatement_totals");
    }

    /** Does what is requested and what late rows have marked, then ends; to be started from time to time. */
    public static void main(String[] arguments) throws Exception {
        if (JobConfig.printedHelp(NAME, arguments)) {
            return;
        }
        JobConfig config = JobConfig.fromArguments(arguments);
        new RestatementRunner(
                        config, () -> StreamExecutionEnvironment.getExecutionEnvironment(JobEnvironment.bounded()))
                .drain();
    }
}
