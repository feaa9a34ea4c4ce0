package io.ecomind.dev.chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** An operator beside a job's own that declines checkpoints while a file exists. Has no state. */
final class Decliner implements MapFunction<Long, Long>, CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    private final String file;

    private Decliner(Path file) {
        this.file = file.toString();
    }

    /** Adds it to the job, unconnected to the other operators except by the checkpoint. */
    static void addTo(StreamExecutionEnvironment env, Path file) {
        env.fromSource(
                        new DataGeneratorSource<>(n -> n, Long.MAX_VALUE, RateLimiterStrategy.perSecond(1), Types.LONG),
                        WatermarkStrategy.noWatermarks(),
                        "chaos ticks")
                .setParallelism(1)
                .uid("chaos-ticks")
                .map(new Decliner(file))
                .returns(Types.LONG)
                .setParallelism(1)
                .uid("chaos-decliner")
                .sinkTo(new DiscardingSink<>())
                .setParallelism(1)
                .uid("chaos-end");
    }

    @Override
    public Long map(Long tick) {
        return tick;
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {
        if (Files.exists(Path.of(file))) {
            throw new IllegalStateException("checkpoint " + context.getCheckpointId() + " is declined on purpose");
        }
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {
        // There is nothing to keep.
    }
}
