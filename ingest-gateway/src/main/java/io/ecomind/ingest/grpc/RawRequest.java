package io.ecomind.ingest.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.v1.IngestRequest;
import io.ecomind.service.AppException;
import io.ecomind.service.limits.CountedBuffer;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * A message as it came: bytes that nothing was made of yet. Immutable. Its items and fields are counted on the bytes, because
 * parsed ones can take a hundred times the memory.
 *
 * @param refusal why the message was not kept, null when it was
 */
record RawRequest(byte[] bytes, @Nullable AppException refusal) {
    private static final byte[] NOTHING = new byte[0];

    /**
     * Reads messages up to a limit, which holds for those that came compressed as well.
     *
     * @param meters finds the meter of the call that a message belongs to
     */
    static MethodDescriptor.Marshaller<RawRequest> marshaller(GrpcLimits limits, CallMeters meters) {
        return new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(RawRequest request) {
                return new ByteArrayInputStream(request.bytes());
            }

            @Override
            public RawRequest parse(InputStream in) {
                try {
                    // One that came compressed does not know its length.
                    int length = in instanceof KnownLength ? in.available() : -1;
                    if (length > limits.messages().bytes()) {
                        return new RawRequest(NOTHING, tooLarge(limits));
                    }
                    var content =
                            new CountedBuffer(meters.memory(), limits.messages().bytes() + 1, length);
                    if (length > 0) {
                        content.makeRoom(length);
                    }
                    content.readFrom(in);
                    if (content.count() > limits.messages().bytes()) {
                        return new RawRequest(NOTHING, tooLarge(limits));
                    }
                    return new RawRequest(content.toArray(), null);
                } catch (AppException noMemory) {
                    return new RawRequest(NOTHING, noMemory);
                } catch (IOException corrupt) {
                    return new RawRequest(
                            NOTHING, new AppException(ErrorCode.INVALID_GZIP, "the message could not be decompressed"));
                }
            }
        };
    }

    static AppException tooLarge(GrpcLimits limits) {
        return new AppException(
                ErrorCode.BODY_TOO_LARGE,
                "a message must be at most " + limits.messages().bytes() + " bytes after inflation, is more");
    }

    /**
     * The message, parsed.
     *
     * @throws AppException when it is too large, has too many items or fields, or is no such message
     */
    IngestRequest parsed(GrpcLimits limits) {
        if (refusal != null) {
            throw refusal;
        }
        try {
            checkCounts(limits);
            return IngestRequest.parseFrom(bytes);
        } catch (InvalidProtocolBufferException malformed) {
            throw new AppException(ErrorCode.INVALID_REQUEST, "the message is not an ecomind.v1.IngestRequest");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void checkCounts(GrpcLimits limits) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(bytes);
        int items = 0;
        int[] fields = {0};
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            boolean item = WireFormat.getTagFieldNumber(tag) == IngestRequest.ITEMS_FIELD_NUMBER
                    && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
            if (!item) {
                skip(in, tag, fields, limits);
                continue;
            }
            items++;
            if (items > limits.messages().items()) {
                throw new AppException(
                        ErrorCode.TOO_MANY_ITEMS,
                        "a request must have at most " + limits.messages().items() + " items, this one has more");
            }
            int end = in.pushLimit(in.readRawVarint32());
            for (int inner = in.readTag(); inner != 0; inner = in.readTag()) {
                skip(in, inner, fields, limits);
            }
            in.popLimit(end);
        }
    }

    private static void skip(CodedInputStream in, int tag, int[] fields, GrpcLimits limits) throws IOException {
        fields[0]++;
        if (fields[0] > limits.messages().fields()) {
            throw new AppException(
                    ErrorCode.INVALID_REQUEST,
                    "a request must have at most " + limits.messages().fields() + " fields in all, this one has more");
        }
        int type = WireFormat.getTagWireType(tag);
        // What stands in a group is counted one by one, like all else.
        if (type != WireFormat.WIRETYPE_START_GROUP && type != WireFormat.WIRETYPE_END_GROUP) {
            in.skipField(tag);
        }
    }
}
