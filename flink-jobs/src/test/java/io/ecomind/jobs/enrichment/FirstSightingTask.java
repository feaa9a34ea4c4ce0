package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.jobs.RawEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackend;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedBroadcastOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** {@link EnrichFirstSighting} in Flink's harness, and what it has written. */
abstract class FirstSightingTask {
    static final long TS = RawEvents.micros("2026-03-01T12:00:00Z");
    static final Duration HORIZON = Duration.ofDays(7);

    private final ReadRawRecord reader = new ReadRawRecord();
    KeyedBroadcastOperatorTestHarness<Tuple2<Long, Long>, RawRecordRead, ReferenceChange, LedgerRecord> task =
            harness();
    private long nextOffset;

    @BeforeEach
    void open() throws Exception {
        task.open();
    }

    @AfterEach
    void close() throws Exception {
        task.close();
    }

    int stateEntries() {
        return ((HeapKeyedStateBackend<?>) task.getOperator().getKeyedStateBackend()).numKeyValueStateEntries();
    }

    void publish(String... organisations) throws Exception {
        broadcast(RawEvents.reference(organisations), true);
    }

    void broadcast(List<ReferenceEntry> entries, boolean complete) throws Exception {
        for (ReferenceEntry entry : entries) {
            task.processBroadcastElement(
                    new ReferenceChange(entry.getKey(), entry.getVersion(), false, entry.toByteArray()), 0);
        }
        if (complete) {
            task.processBroadcastElement(ReferenceChange.complete(), 0);
        }
    }

    void send(UsageEvent.Builder event) throws Exception {
        RawRecordRead read =
                reader.read(0, nextOffset++, event.getReceivedAtMicros() / 1000, null, RawEvents.raw(event));
        assertThat(read.kind()).isEqualTo(RawRecordRead.EVENT);
        task.processElement(read, read.receivedAtMillis());
    }

    void restart() throws Exception {
        var snapshot = task.snapshot(1, 1);
        task.close();
        task = harness();
        task.initializeState(snapshot);
        task.open();
    }

    List<EnrichedEvent> ledger() throws Exception {
        List<EnrichedEvent> events = new ArrayList<>();
        for (LedgerRecord record : task.extractOutputValues()) {
            events.add(EnrichedRecord.parseFrom(record.value()).getEvent());
        }
        return events;
    }

    List<Rejection> rejections() throws Exception {
        List<Rejection> all = new ArrayList<>();
        var side = task.getSideOutput(EnrichFirstSighting.REJECTED);
        if (side != null) {
            for (StreamRecord<LedgerRecord> record : side) {
                all.add(Rejection.parseFrom(record.getValue().value()));
            }
        }
        return all;
    }

    private static KeyedBroadcastOperatorTestHarness<Tuple2<Long, Long>, RawRecordRead, ReferenceChange, LedgerRecord>
            harness() {
        try {
            return new KeyedBroadcastOperatorTestHarness<>(
                    new CoBroadcastWithKeyedOperator<>(
                            new EnrichFirstSighting(HORIZON, RateCall.BY_CATALOGUE),
                            List.of(EnrichFirstSighting.REFERENCE)),
                    raw -> Tuple2.of(raw.identityHigh(), raw.identityLow()),
                    Types.TUPLE(Types.LONG, Types.LONG),
                    1,
                    1,
                    0);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
