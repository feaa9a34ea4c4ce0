package io.ecomind.api.rejected;

import java.time.Instant;
import java.time.LocalDate;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answers about rejected events. */
final class RejectedViews {
    private RejectedViews() {}

    /**
     * A page.
     *
     * @param from the first of the organisation's days that were searched
     * @param counts events by code on all pages
     * @param rows made one by one as they are written
     * @param notKept further rejections, over the limit of the plan
     * @param nextCursor null on the last page
     */
    record RejectedView(
            String orgId,
            LocalDate from,
            LocalDate to,
            @Nullable Instant completeThrough,
            Map<String, Long> counts,
            long notKept,
            Iterator<RejectedEventView> rows,
            @Nullable String nextCursor) {

        static RejectedView of(String orgId, RejectedEvents found) {
            Map<String, Long> counts = new LinkedHashMap<>();
            found.counts().forEach(count -> counts.put(count.code(), count.events()));
            return new RejectedView(
                    orgId,
                    found.range().from(),
                    found.range().to(),
                    found.completeThrough(),
                    counts,
                    found.notKept(),
                    found.page().rows().stream().map(RejectedEventView::of).iterator(),
                    found.page().nextCursor());
        }
    }

    /**
     * One rejected event.
     *
     * @param payload what was sent, or the event that a job read, as JSON; null when the bytes are neither
     * @param payloadBase64 the stored bytes, null when there is a payload
     * @param occurrences how many equal rejections of about a minute it stands for; it shows the first
     */
    record RejectedEventView(
            Instant rejectedAt,
            String origin,
            String code,
            String field,
            String message,
            String source,
            String eventId,
            String userId,
            @Nullable Integer itemIndex,
            @Nullable Integer rawPartition,
            @Nullable Long rawOffset,
            @Nullable String payload,
            @Nullable String payloadBase64,
            boolean payloadTruncated,
            long occurrences,
            Instant lastAt) {

        static RejectedEventView of(RejectedRow row) {
            RejectedPayload payload = RejectedPayload.of(row);
            return new RejectedEventView(
                    row.rejectedAt(),
                    row.origin(),
                    row.code(),
                    row.field(),
                    row.message(),
                    row.source(),
                    row.eventId(),
                    row.userId(),
                    row.itemIndex(),
                    row.rawPartition(),
                    row.rawOffset(),
                    payload.text(),
                    payload.base64(),
                    row.payloadTruncated(),
                    row.occurrences(),
                    row.lastAt());
        }
    }
}
