package io.ecomind.jobs.projection;

import io.ecomind.contracts.v1.EnrichedEvent;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * One record of events.enriched. Immutable.
 *
 * <p>It has a serializer of its own, so that the event is parsed once, at the source: the projection and the windows are
 * chained behind it and get the parsed one.
 *
 * @param partition its partition
 * @param offset its offset
 * @param heartbeatMillis for a heartbeat, the moment of receipt that it speaks of; {@link #NO_HEARTBEAT} otherwise
 * @param event null for heartbeats
 */
@TypeInfo(LedgerEntry.LedgerEntrySerializerFactory.class)
public record LedgerEntry(
        int partition,
        long offset,
        long heartbeatMillis,
        @Nullable EnrichedEvent event) {
    public static final long NO_HEARTBEAT = -1;

    boolean isHeartbeat() {
        return heartbeatMillis != NO_HEARTBEAT;
    }

    /** Finds the serializer wherever Flink asks for the type. */
    public static final class LedgerEntrySerializerFactory extends TypeInfoFactory<LedgerEntry> {
        @Override
        public TypeInformation<LedgerEntry> createTypeInfo(
                Type type, Map<String, TypeInformation<?>> genericParameters) {
            return new Information();
        }
    }

    private static final class Information extends TypeInformation<LedgerEntry> {
        private static final long serialVersionUID = 1L;

        @Override
        public boolean isBasicType() {
            return false;
        }

        @Override
        public boolean isTupleType() {
            return false;
        }

        @Override
        public int getArity() {
            return 1;
        }

        @Override
        public int getTotalFields() {
            return 1;
        }

        @Override
        public Class<LedgerEntry> getTypeClass() {
            return LedgerEntry.class;
        }

        @Override
        public boolean isKeyType() {
            return false;
        }

        @Override
        public TypeSerializer<LedgerEntry> createSerializer(SerializerConfig config) {
            return Serializer.INSTANCE;
        }

        @Override
        public boolean canEqual(Object other) {
            return other instanceof Information;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Information;
        }

        @Override
        public int hashCode() {
            return Information.class.hashCode();
        }

        @Override
        public String toString() {
            return "LedgerEntry";
        }
    }

    /** Partition, offset, heartbeat, then the event's length and bytes, or -1. Thread-safe. */
    private static final class Serializer extends TypeSerializerSingleton<LedgerEntry> {
        private static final long serialVersionUID = 1L;
        static final Serializer INSTANCE = new Serializer();

        @Override
        public boolean isImmutableType() {
            return true;
        }

        @Override
        public LedgerEntry createInstance() {
            return new LedgerEntry(0, 0, NO_HEARTBEAT, EnrichedEvent.getDefaultInstance());
        }

        @Override
        public LedgerEntry copy(LedgerEntry from) {
            return from;
        }

        @Override
        public LedgerEntry copy(LedgerEntry from, LedgerEntry reuse) {
            return from;
        }

        @Override
        public int getLength() {
            return -1;
        }

        @Override
        public void serialize(LedgerEntry entry, DataOutputView target) throws IOException {
            target.writeInt(entry.partition);
            target.writeLong(entry.offset);
            target.writeLong(entry.heartbeatMillis);
            if (entry.event == null) {
                target.writeInt(-1);
            } else {
                byte[] bytes = entry.event.toByteArray();
                target.writeInt(bytes.length);
                target.write(bytes);
            }
        }

        @Override
        public LedgerEntry deserialize(DataInputView source) throws IOException {
            int partition = source.readInt();
            long offset = source.readLong();
            long heartbeatMillis = source.readLong();
            int length = source.readInt();
            EnrichedEvent event = null;
            if (length >= 0) {
                byte[] bytes = new byte[length];
                source.readFully(bytes);
                event = EnrichedEvent.parseFrom(bytes);
            }
            return new LedgerEntry(partition, offset, heartbeatMillis, event);
        }

        @Override
        public LedgerEntry deserialize(LedgerEntry reuse, DataInputView source) throws IOException {
            return deserialize(source);
        }

        @Override
        public void copy(DataInputView source, DataOutputView target) throws IOException {
            serialize(deserialize(source), target);
        }

        @Override
        public TypeSerializerSnapshot<LedgerEntry> snapshotConfiguration() {
            return new Snapshot();
        }
    }

    /** Flink makes it by name. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<LedgerEntry> {
        public Snapshot() {
            super(() -> Serializer.INSTANCE);
        }
    }
}
