package io.ecomind.ingest.grpc;

import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.ingest.http.JsonItems;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.usage.UsageField;

/** Turns items of gRPC requests into drafts. Stateless. */
public final class ItemDrafts {
    private ItemDrafts() {}

    /** The draft of the item at a position. */
    public static EventDraft fromItem(int index, IngestItem item, ItemLimits limits) {
        var draft = new EventDraft(index, ItemJson.of(item), limits);
        for (UsageField field : UsageField.ALL) {
            String value = field.string(item);
            if (!value.isEmpty()) {
                draft.put(field, value);
            }
        }
        for (UsageField field : UsageField.COUNTS) {
            if (field.isSent(item)) {
                draft.put(field, field.count(item));
            }
        }
        if (!item.getMetadataJson().isEmpty()) {
            JsonItems.metadata(item.getMetadataJson(), draft);
        }
        return draft;
    }
}
