package io.ecomind.jobs.enrichment;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.ReferenceManifest;
import io.ecomind.contracts.v1.ReferenceRecord;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Lets reference data through only once it is whole: everything that the topic held when the operator started has been
 * read, the newest manifest agrees with it in number and hash, and every factor set has all of its parts and the hash
 * that its head names. Until then no event can be rated, and the watermark of this input stays at the beginning of time,
 * so that the hold is seen downstream as time that does not pass. Afterwards every newer version goes on at once.
 *
 * <p>After a restart the same is awaited again: the topic may have gone on while the job was down, and events that were
 * received meanwhile must be rated by what became active meanwhile. What is missing is said in the log twice a minute.
 *
 * <p>A factor set that comes later and is not whole makes the job fail: it starts again and waits here, since nothing
 * received from its activation on could be rated rightly. Runs with parallelism 1.
 */
public final class AwaitReferenceSnapshot extends AbstractStreamOperator<ReferenceChange>
        implements OneInputStreamOperator<ReferenceRead, ReferenceChange> {
    private static final Duration REMINDER = Duration.ofSeconds(30);

    private final EndOffset endOffset;

    private transient ReferenceSnapshot snapshot;
    private transient ListState<ReferenceChange> stored;
    private transient ListState<byte[]> storedManifest;
    private transient ListState<Long> storedOffset;
    private transient boolean complete;
    private transient long endAtStart;
    private transient long nextOffset;

    @SuppressWarnings("NullAway.Init")
    public AwaitReferenceSnapshot(EndOffset endOffset) {
        this.endOffset = endOffset;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        snapshot = new ReferenceSnapshot();
        var store = context.getOperatorStateStore();
        stored = store.getListState(new ListStateDescriptor<>("reference", TypeInformation.of(ReferenceChange.class)));
        storedManifest = store.getListState(
                new ListStateDescriptor<>("manifest", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        storedOffset = store.getListState(new ListStateDescriptor<>("next-offset", Types.LONG));
        for (ReferenceChange change : stored.get()) {
            snapshot.restore(change);
        }
        for (byte[] bytes : storedManifest.get()) {
            snapshot.accept(ReferenceManifest.parseFrom(bytes));
        }
        for (Long offset : storedOffset.get()) {
            nextOffset = offset;
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        endAtStart = endOffset.get();
        LOG.info("waiting for the reference snapshot: topic ends at offset {}", endAtStart);
        // Not from here: what is sent while operators open may find the next one closed.
        processingTimeService.registerTimer(processingTimeService.getCurrentProcessingTime(), time -> {
            completeIfWhole();
            remind(time);
        });
    }

    @Override
    public void processElement(StreamRecord<ReferenceRead> element) {
        ReferenceRead read = element.getValue();
        nextOffset = read.offset() + 1;
        try {
            ReferenceRecord record = ReferenceRecord.parseFrom(read.record());
            switch (record.getBodyCase()) {
                case ENTRY -> accept(record.getEntry());
                case MANIFEST -> snapshot.accept(record.getManifest());
                case BODY_NOT_SET -> LOG.warn("reference record at offset {} is empty and left out", read.offset());
            }
        } catch (InvalidProtocolBufferException e) {
            LOG.warn("reference record at offset {} cannot be read and is left out", read.offset());
        }
        completeIfWhole();
    }

    /** The source emits no watermarks, except at the end of a bounded one. */
    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (complete) {
            super.processWatermark(mark);
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        stored.update(List.copyOf(snapshot.changes()));
        ReferenceManifest manifest = snapshot.manifest();
        storedManifest.update(manifest == null ? List.of() : List.of(manifest.toByteArray()));
        storedOffset.update(List.of(nextOffset));
    }

    private void accept(ReferenceEntry entry) {
        ReferenceChange change = snapshot.accept(entry);
        if (change == null) {
            return;
        }
        if (complete) {
            String broken = entry.hasFactorSet() ? snapshot.problem(entry.getFactorSet()) : null;
            if (broken != null) {
                throw new IllegalStateException(broken + "; the job starts again and waits for it");
            }
            send(change);
        }
    }

    private void completeIfWhole() {
        if (!complete && incompleteReason() == null) {
            complete = true;
            snapshot.inOrder().forEach(this::send);
            send(ReferenceChange.complete());
            output.emitWatermark(Watermark.MAX_WATERMARK);
            LOG.info(
                    "the reference snapshot is whole: {} entries",
                    snapshot.changes().size());
        }
    }

    private void remind(long now) {
        String missing = complete ? null : incompleteReason();
        if (missing != null) {
            LOG.warn("still waiting for the reference snapshot, no event is rated: {}", missing);
            processingTimeService.registerTimer(now + REMINDER.toMillis(), this::remind);
        }
    }

    /** Why the snapshot is not whole, null when it is. */
    private @Nullable String incompleteReason() {
        if (nextOffset < endAtStart) {
            return "the topic is read up to offset " + nextOffset + " of " + endAtStart;
        }
        return snapshot.incompleteReason();
    }

    private void send(ReferenceChange change) {
        output.collect(new StreamRecord<>(change));
    }
}
