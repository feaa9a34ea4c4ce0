package io.ecomind.ingest.publish;

import com.google.protobuf.ByteString;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.ingest.GatewayMetrics;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.ItemError;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.MachineKey;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.PrintableStrings;
import io.ecomind.usage.UsageField;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what was rejected to events.rejected, where it can be listed. Thread-safe. Always under the organisation of
 * the API key, whatever an item claims. What Kafka does not take is counted and logged; the caller was told anyway.
 */
public final class RejectionWriter {
    private static final Logger log = LoggerFactory.getLogger(RejectionWriter.class);

    private final EventPublisher publisher;
    private final GatewayMetrics metrics;

    public RejectionWriter(EventPublisher publisher, GatewayMetrics metrics) {
        this.publisher = publisher;
        this.metrics = metrics;
    }

    /** One for each draft that has errors, independent of the drafts. */
    public List<Rejection> of(MachineKey caller, List<EventDraft> drafts, Instant now) {
        List<Rejection> rejected = new ArrayList<>();
        for (EventDraft draft : drafts) {
            if (!draft.isValid()) {
                rejected.add(fromDraft(caller, draft, now));
            }
        }
        return rejected;
    }

    /** Publishes a request that was rejected as a whole. */
    public void request(MachineKey caller, AppException problem, byte[] body, Instant now) {
        var rejection = Rejection.newBuilder()
                .setOrigin("gateway")
                .setOrgId(caller.orgId())
                .setCode(problem.code().code())
                .setMessage(problem.detail())
                .setRejectedAtMicros(EpochMicros.of(now));
        publish(caller, List.of(withPayload(rejection, body)));
    }

    public void publish(MachineKey caller, List<Rejection> rejected) {
        if (rejected.isEmpty()) {
            return;
        }
        rejected.forEach(rejection -> metrics.rejection(rejection.getCode()));
        byte[] key = caller.orgId().getBytes(StandardCharsets.UTF_8);
        List<ProducerRecord<byte[], byte[]>> records = rejected.stream()
                .map(rejection -> new ProducerRecord<>(Topic.EVENTS_REJECTED.topicName(), key, rejection.toByteArray()))
                .toList();
        publisher.send(records).thenAccept(result -> {
            if (result.lost() > 0) {
                metrics.rejectionsNotPublished(result.lost());
                log.atWarn()
                        .addKeyValue("orgId", caller.orgId())
                        .addKeyValue("count", result.lost())
                        .addKeyValue("cause", result.failure())
                        .log("rejections were not published");
            }
        });
    }

    private static Rejection fromDraft(MachineKey caller, EventDraft draft, Instant now) {
        ItemError first = draft.errors().get(0);
        var rejection = Rejection.newBuilder()
                .setOrigin("gateway")
                .setOrgId(caller.orgId())
                .setCode(first.code().code())
                .setField(first.field())
                .setMessage(draft.errors().stream().map(ItemError::message).collect(Collectors.joining("; ")))
                .setSource(readable(draft, UsageField.SOURCE))
                .setEventId(readable(draft, UsageField.ID))
                .setUserId(readable(draft, UsageField.USER_ID))
                .setRejectedAtMicros(EpochMicros.of(now))
                .setItemIndex(draft.index());
        return withPayload(rejection, draft.payload());
    }

    /** The field as sent, rejected or not, as long as it is text of its length. */
    private static String readable(EventDraft draft, UsageField field) {
        String text = draft.sent(field);
        if (text == null
                || PrintableStrings.findIllegalCharacter(text, false) != null
                || text.codePointCount(0, text.length()) > field.max()) {
            return "";
        }
        return text;
    }

    private static Rejection withPayload(Rejection.Builder rejection, byte[] payload) {
        int length = Math.min(payload.length, Limits.MAX_REJECTED_PAYLOAD_BYTES);
        return rejection
                .setPayload(ByteString.copyFrom(payload, 0, length))
                .setPayloadTruncated(length < payload.length)
                .build();
    }
}
