package io.ecomind.usage;

import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.contracts.v1.UsageEventOrBuilder;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Where an integer field stands in the protobuf messages. Method references and not descriptors: the jobs read the field of
 * every event. Immutable.
 *
 * @param isKnown whether an event has the field; always for a required one
 * @param isSent whether an item of a gRPC request has the field
 */
record CountAccess(
        boolean isRequired,
        Predicate<UsageEventOrBuilder> isKnown,
        ToLongFunction<UsageEventOrBuilder> get,
        ObjLongConsumer<UsageEvent.Builder> set,
        Predicate<IngestItem> isSent,
        ToLongFunction<IngestItem> getSent) {

    static CountAccess optional(
            Predicate<UsageEventOrBuilder> isKnown,
            ToLongFunction<UsageEventOrBuilder> get,
            ObjLongConsumer<UsageEvent.Builder> set,
            Predicate<IngestItem> isSent,
            ToLongFunction<IngestItem> getSent) {
        return new CountAccess(false, isKnown, get, set, isSent, getSent);
    }

    /** For a field that every event has. */
    static CountAccess required(
            ToLongFunction<UsageEventOrBuilder> get,
            ObjLongConsumer<UsageEvent.Builder> set,
            Predicate<IngestItem> isSent,
            ToLongFunction<IngestItem> getSent) {
        return new CountAccess(true, event -> true, get, set, isSent, getSent);
    }
}
