package io.ecomind.jobs.enrichment;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.ReferenceHash;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.ReferenceManifest;
import io.ecomind.contracts.v1.ReferenceRecord;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Lets reference data through only once it is whole: everything that the topic held when the operator started has been
 * read, and the newest manifest agrees with it in number and hash. Until then no event can be rated, and the watermark
 * of this input stays at the beginning of time, so that the hold is seen downstream as time that does not pass.
 * Afterwards every newer version goes on at once.
 *
 * <p>Runs with parallelism 1. A manifest that does not agree is logged with both figures, and the next one is awaited.
 */
public final class AwaitReferenceSnapshot extends AbstractStreamOperator<ReferenceChange>
        implements OneInputStreamOperator<ReferenceRead, ReferenceChange> {

    private final EndOffset endOffset;

    private transient Map<String, ReferenceChange> newest;
    private transient ListState<ReferenceChange> stored;
    private transient @Nullable ReferenceManifest manifest;
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
        newest = new HashMap<>();
        stored = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>("reference", TypeInformation.of(ReferenceChange.class)));
        for (ReferenceChange change : stored.get()) {
            if (change.key().equals(ReferenceChange.COMPLETE)) {
                complete = true;
            } else {
                newest.put(change.key(), change);
            }
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        endAtStart = endOffset.get();
        if (complete) {
            // The tasks downstream have the snapshot in their own state; only time has to be let go again.
            processingTimeService.registerTimer(
                    processingTimeService.getCurrentProcessingTime(), time -> releaseTime());
        } else {
            LOG.info("waiting for the reference snapshot: topic ends at offset {}", endAtStart);
        }
    }

    @Override
    public void processElement(StreamRecord<ReferenceRead> element) {
        ReferenceRead read = element.getValue();
        nextOffset = read.offset() + 1;
        try {
            ReferenceRecord record = ReferenceRecord.parseFrom(read.record());
            switch (record.getBodyCase()) {
                case ENTRY -> take(record.getEntry());
                case MANIFEST -> manifest = record.getManifest();
                case BODY_NOT_SET -> LOG.warn("reference record at offset {} is empty and left out", read.offset());
            }
        } catch (InvalidProtocolBufferException e) {
            LOG.warn("reference record at offset {} cannot be read and is left out", read.offset());
        }
        if (!complete && nextOffset >= endAtStart && manifest != null && agrees(manifest)) {
            complete = true;
            newest.values().forEach(this::send);
            send(ReferenceChange.complete());
            releaseTime();
        }
    }

    /** The source of this input knows no time; the end of a bounded one releases it as well. */
    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (complete) {
            super.processWatermark(mark);
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        stored.update(newest.values().stream().toList());
        if (complete) {
            stored.add(ReferenceChange.complete());
        }
    }

    private void take(ReferenceEntry entry) {
        ReferenceChange before = newest.get(entry.getKey());
        if (before != null && before.version() >= entry.getVersion()) {
            return;
        }
        var change = new ReferenceChange(entry.getKey(), entry.getVersion(), entry.getDeleted(), entry.toByteArray());
        newest.put(entry.getKey(), change);
        if (complete) {
            send(change);
        }
    }

    private boolean agrees(ReferenceManifest expected) {
        var versions = new TreeMap<String, Long>();
        for (ReferenceChange change : newest.values()) {
            if (!change.deleted()) {
                versions.put(change.key(), change.version());
            }
        }
        boolean agrees = versions.size() == expected.getEntries()
                && Arrays.equals(
                        ReferenceHash.sha256(versions), expected.getSha256().toByteArray());
        if (!agrees) {
            LOG.warn(
                    "still waiting for the reference snapshot: manifest {} counts {} entries, the topic gave {}{}",
                    expected.getVersion(),
                    expected.getEntries(),
                    versions.size(),
                    versions.size() == expected.getEntries() ? " with another hash" : "");
        }
        return agrees;
    }

    private void send(ReferenceChange change) {
        output.collect(new StreamRecord<>(change));
    }

    private void releaseTime() {
        output.emitWatermark(Watermark.MAX_WATERMARK);
    }
}
