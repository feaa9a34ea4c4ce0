package io.ecomind.jobs.enrichment;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.jobs.runtime.JobConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Turns the first sighting of an identity into its ledger record; later ones are dropped as duplicates or, when they say
 * something else, rejected as conflicts.
 *
 * <p>Keyed by the hash of (org_id, source, id). State of a key: what was seen, cleared when the received-watermark
 * passes {@code ts + horizon + 15 min}, and an event that is held, with its repeats, because the reference snapshot is
 * not whole or the organisation is not known yet. An organisation that is still unknown {@link #HOLD} after the event
 * was received makes it a rejection, and its repeats as well: a repeat is a duplicate only of what is counted. A late
 * event (received − ts over the horizon) is marked and goes on like any other.
 */
public final class EnrichFirstSighting
        extends KeyedBroadcastProcessFunction<Tuple2<Long, Long>, RawRecordRead, ReferenceChange, LedgerRecord> {
    public static final OutputTag<LedgerRecord> REJECTED = new OutputTag<>("rejected") {};

    /** Reference data as the tasks keep it, by the entity's key. */
    public static final MapStateDescriptor<String, ReferenceChange> REFERENCE =
            new MapStateDescriptor<>("reference", Types.STRING, TypeInformation.of(ReferenceChange.class));

    /** How long an event waits for its organisation: the time that a new one may need from the API to the tasks. */
    public static final Duration HOLD = Limits.ORGANISATION_HOLD;

    private static final ValueStateDescriptor<RawRecordRead> HELD =
            new ValueStateDescriptor<>("held", TypeInformation.of(RawRecordRead.class));

    private static final ListStateDescriptor<RawRecordRead> HELD_REPEATS =
            new ListStateDescriptor<>("heldRepeats", TypeInformation.of(RawRecordRead.class));

    private final long horizonMicros;
    private final RateCall rate;

    private transient ValueState<FirstSighting> seen;
    private transient ValueState<RawRecordRead> held;
    private transient ListState<RawRecordRead> heldRepeats;
    private transient Counter duplicates;
    private transient @Nullable ReferenceData reference;
    private transient boolean complete;

    @SuppressWarnings("NullAway.Init")
    public EnrichFirstSighting(Duration horizon, RateCall rate) {
        this.rate = rate;
        this.horizonMicros = horizon.toMillis() * 1000;
    }

    @Override
    public void open(OpenContext context) {
        seen = getRuntimeContext()
                .getState(new ValueStateDescriptor<>("seen", TypeInformation.of(FirstSighting.class)));
        held = getRuntimeContext().getState(HELD);
        heldRepeats = getRuntimeContext().getListState(HELD_REPEATS);
        duplicates = getRuntimeContext().getMetricGroup().counter("duplicates");
        getRuntimeContext().getMetricGroup().gauge("referenceEntriesLeftOut", this::leftOut);
    }

    @Override
    public void processElement(RawRecordRead raw, ReadOnlyContext context, Collector<LedgerRecord> out)
            throws Exception {
        UsageEvent event = UsageEvent.parseFrom(raw.payload());
        var sighting = new FirstSighting(raw.contentHash(), event.getTsMicros(), event.getTsDefaulted());
        FirstSighting first = seen.value();
        if (first == null) {
            seen.update(sighting);
            context.timerService().registerEventTimeTimer(forgetAtMillis(event.getTsMicros()));
            ReferenceData known = reference(context.getBroadcastState(REFERENCE));
            LedgerRecord record = complete ? enrich(raw, event, known) : null;
            if (record != null) {
                out.collect(record);
            } else {
                held.update(raw);
                context.timerService().registerEventTimeTimer(giveUpAtMillis(raw));
            }
        } else if (first.sameContent(sighting)) {
            if (held.value() == null) {
                duplicates.inc();
            } else {
                heldRepeats.add(raw);
            }
        } else {
            context.output(
                    REJECTED,
                    JobRejections.ofEvent(
                            raw, event, ErrorCode.ID_CONFLICT, "id", "id was used before with other content"));
        }
    }

    @Override
    public void processBroadcastElement(ReferenceChange change, Context context, Collector<LedgerRecord> out)
            throws Exception {
        var state = context.getBroadcastState(REFERENCE);
        ReferenceData known = reference(state);
        boolean mayRelease = change.key().startsWith("org/");
        if (change.key().equals(ReferenceChange.COMPLETE)) {
            // Not kept in state: after a restart the topic may have more records, and the snapshot must be complete
            // again.
            complete = true;
            mayRelease = true;
        } else {
            state.put(change.key(), change);
            known.apply(change);
        }
        if (complete && mayRelease) {
            context.applyToKeyedState(HELD, (key, heldState) -> {
                RawRecordRead raw = heldState.value();
                LedgerRecord record = raw == null ? null : enrich(raw, UsageEvent.parseFrom(raw.payload()), known);
                if (record != null) {
                    out.collect(record);
                    heldState.clear();
                    // The backend has set the key for all keyed state of this operator.
                    heldRepeats.get().forEach(repeat -> duplicates.inc());
                    heldRepeats.clear();
                }
            });
        }
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<LedgerRecord> out) throws Exception {
        RawRecordRead raw = held.value();
        // The watermark does not advance before the snapshot is complete, so an event that is still held has an unknown
        // organisation.
        if (raw != null && timestamp >= giveUpAtMillis(raw)) {
            rejectUnknownOrganisation(raw, context);
            for (RawRecordRead repeat : heldRepeats.get()) {
                rejectUnknownOrganisation(repeat, context);
            }
            held.clear();
            heldRepeats.clear();
            // It was not counted, so a retry after the organisation's creation is a first sighting.
            seen.clear();
        }
        FirstSighting first = seen.value();
        // What is imported may be due at once. While its event is held it is remembered all the same, or a repeat would
        // take its place; the timer that ends the hold comes then.
        if (first != null && held.value() == null && timestamp >= forgetAtMillis(first.tsMicros())) {
            seen.clear();
        }
    }

    private static void rejectUnknownOrganisation(RawRecordRead raw, OnTimerContext context) throws Exception {
        UsageEvent event = UsageEvent.parseFrom(raw.payload());
        context.output(
                REJECTED,
                JobRejections.ofEvent(
                        raw,
                        event,
                        ErrorCode.UNKNOWN_ORGANISATION,
                        "org_id",
                        "there is no organisation " + event.getOrgId()));
    }

    private int leftOut() {
        ReferenceData known = reference;
        return known == null ? 0 : known.leftOut();
    }

    private long forgetAtMillis(long tsMicros) {
        return (tsMicros + horizonMicros) / 1000 + JobConfig.GRACE.toMillis();
    }

    private static long giveUpAtMillis(RawRecordRead raw) {
        return raw.receivedAtMillis() + HOLD.toMillis();
    }

    /** Null while the organisation is unknown. */
    private @Nullable LedgerRecord enrich(RawRecordRead raw, UsageEvent event, ReferenceData known) {
        return LedgerRecords.of(raw, event, known, rate, horizonMicros);
    }

    /** Built from the broadcast state at the first use after a start, kept up to date from then on. */
    private ReferenceData reference(ReadOnlyBroadcastState<String, ReferenceChange> state) throws Exception {
        if (reference == null) {
            var built = new ReferenceData();
            // The state has no order; the parts of a set must be there before its head.
            var changes = new ArrayList<ReferenceChange>();
            for (Map.Entry<String, ReferenceChange> entry : state.immutableEntries()) {
                changes.add(entry.getValue());
            }
            changes.sort(Comparator.comparingLong(ReferenceChange::version));
            for (ReferenceChange change : changes) {
                built.apply(change);
            }
            reference = built;
        }
        return reference;
    }
}
