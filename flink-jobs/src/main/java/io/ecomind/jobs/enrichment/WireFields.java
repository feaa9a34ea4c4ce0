package io.ecomind.jobs.enrichment;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Parts of protobuf messages as they stand on the wire. An event goes through the job as the bytes that the gateway wrote;
 * writing it out again for each step would cost more than all that the job does with it. Stateless.
 */
final class WireFields {
    private WireFields() {}

    interface FieldConsumer {
        /** Field number, and where the field stands, its tag included. */
        void accept(int field, int from, int length);
    }

    /** The bytes of a message that is a field of another; null unless it is there exactly once. */
    static byte @Nullable [] message(byte[] value, int field) {
        CodedInputStream in = CodedInputStream.newInstance(value);
        byte[] found = null;
        try {
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (WireFormat.getTagFieldNumber(tag) != field) {
                    in.skipField(tag);
                } else if (found != null) {
                    return null;
                } else {
                    found = in.readByteArray();
                }
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException("a message that was parsed cannot be read again", impossible);
        }
        return found;
    }

    /** Visits the fields in the order of the wire. */
    static void forEach(byte[] message, FieldConsumer consumer) {
        CodedInputStream in = CodedInputStream.newInstance(message);
        try {
            int from = 0;
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                in.skipField(tag);
                int to = in.getTotalBytesRead();
                consumer.accept(WireFormat.getTagFieldNumber(tag), from, to - from);
                from = to;
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException("a message that was parsed cannot be read again", impossible);
        }
    }

    /**
     * A message with one field of its own and one that is there as bytes already.
     *
     * @param field number of the field that is there; it must come before all fields of {@code rest}
     */
    static byte[] with(int field, byte[] message, MessageLite rest) {
        byte[] joined = new byte
                [CodedOutputStream.computeTagSize(field)
                        + CodedOutputStream.computeUInt32SizeNoTag(message.length)
                        + message.length
                        + rest.getSerializedSize()];
        CodedOutputStream out = CodedOutputStream.newInstance(joined);
        try {
            out.writeByteArray(field, message);
            rest.writeTo(out);
            out.checkNoSpaceLeft();
        } catch (IOException impossible) {
            throw new UncheckedIOException("an array of the right size is written", impossible);
        }
        return joined;
    }
}
