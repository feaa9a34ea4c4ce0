package io.ecomind.ingest.publish;

import com.google.protobuf.ByteString;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.ingest.GatewayMetrics;
import io.ecomind.ingest.limits.RateLimiter;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.ItemError;
import io.ecomind.ingest.validation.ItemPayload;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.MachineKey;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.PrintableStrings;
import io.ecomind.usage.UsageField;
import io.ecomind.usage.UsageRules;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what was rejected to events.rejected, where it can be listed. Thread-safe. Always under the organisation of
 * the API key, whatever an item claims. What Kafka does not take is counted and logged; the caller was told anyway.
 *
 * <p>Equal rejections become one record with a count, which is written when their interval ends, and what exceeds the
 * organisation's limit is only counted. A gateway that is killed loses the counts of the interval.
 */
public final class RejectionWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RejectionWriter.class);
    private static final String ORIGIN = "gateway";
    private static final int LOOKS_PER_INTERVAL = 12;

    private final EventPublisher publisher;
    private final RateLimiter rateLimiter;
    private final RejectionLimits limits;
    private final Clock clock;
    private final GatewayMetrics metrics;
    private final RejectionGroups groups;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "ingest-rejections");
        thread.setDaemon(true);
        return thread;
    });

    public RejectionWriter(
            EventPublisher publisher,
            RateLimiter rateLimiter,
            RejectionLimits limits,
            Clock clock,
            GatewayMetrics metrics) {
        this.publisher = publisher;
        this.rateLimiter = rateLimiter;
        this.limits = limits;
        this.clock = clock;
        this.metrics = metrics;
        this.groups = new RejectionGroups(limits);
    }

    /** Begins to write counts as their intervals end. */
    public void start() {
        long millis = Math.max(1, limits.interval().toMillis() / LOOKS_PER_INTERVAL);
        timer.scheduleWithFixedDelay(this::writeCounts, millis, millis, TimeUnit.MILLISECONDS);
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
    public void request(MachineKey caller, AppException problem, ItemPayload body, Instant now) {
        var rejection = Rejection.newBuilder()
                .setOrigin(ORIGIN)
                .setOrgId(caller.orgId())
                .setCode(problem.code().code())
                .setMessage(PrintableStrings.printable(problem.detail(), limits.messageCharacters()))
                .setRejectedAtMicros(EpochMicros.of(now));
        publish(caller, List.of(withPayload(rejection, body)));
    }

    /** Publishes rejections of one request, as far as the organisation's limit allows. */
    public void publish(MachineKey caller, List<Rejection> rejected) {
        if (rejected.isEmpty()) {
            return;
        }
        List<RejectionGroups.Candidate> candidates = new ArrayList<>();
        for (Rejection rejection : rejected) {
            metrics.rejection(rejection.getCode());
            RejectionGroups.Candidate candidate = groups.add(rejection);
            if (candidate != null) {
                candidates.add(candidate);
            }
        }
        if (candidates.isEmpty()) {
            return;
        }
        int kept = Math.toIntExact(rateLimiter.keepRejections(caller.orgId(), candidates.size()));
        List<Rejection> records = new ArrayList<>(kept);
        for (RejectionGroups.Candidate candidate : candidates.subList(0, kept)) {
            groups.kept(candidate);
            records.add(candidate.rejection());
        }
        if (kept < candidates.size()) {
            LocalDate date = rateLimiter.dateOf(caller.orgId(), clock.instant());
            metrics.rejectionsNotKept(candidates.subList(kept, candidates.size()).stream()
                    .mapToLong(candidate -> groups.notKept(candidate, date))
                    .sum());
        }
        send(records);
    }

    private void writeCounts() {
        try {
            send(groups.due(EpochMicros.of(clock.instant())));
        } catch (RuntimeException bug) {
            // Thrown on, it would end the timer without a word.
            log.atError().setCause(bug).log("counts of rejections were not written");
        }
    }

    private void send(List<Rejection> rejections) {
        if (rejections.isEmpty()) {
            return;
        }
        List<ProducerRecord<byte[], byte[]>> records = rejections.stream()
                .map(rejection -> new ProducerRecord<>(
                        Topic.EVENTS_REJECTED.topicName(),
                        rejection.getOrgId().getBytes(StandardCharsets.UTF_8),
                        rejection.toByteArray()))
                .toList();
        publisher.send(records).thenAccept(result -> {
            if (result.lost() > 0) {
                metrics.rejectionsNotPublished(result.lost());
                log.atWarn()
                        .addKeyValue("orgId", rejections.get(0).getOrgId())
                        .addKeyValue("count", result.lost())
                        .addKeyValue("cause", result.failure())
                        .log("rejections were not published");
            }
        });
    }

    /** Writes all counts; requests that still come are listed no more. */
    @Override
    public void close() {
        timer.shutdownNow();
        send(groups.all());
    }

    private Rejection fromDraft(MachineKey caller, EventDraft draft, Instant now) {
        ItemError first = draft.errors().get(0);
        var rejection = Rejection.newBuilder()
                .setOrigin(ORIGIN)
                .setOrgId(caller.orgId())
                .setCode(first.code().code())
                .setField(first.field())
                .setMessage(PrintableStrings.printable(
                        draft.errors().stream().map(ItemError::message).collect(Collectors.joining("; ")),
                        limits.messageCharacters()))
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
        return text == null || UsageRules.ofString(field, text) != null ? "" : text;
    }

    private Rejection withPayload(Rejection.Builder rejection, ItemPayload payload) {
        ItemPayload.PayloadStart start = payload.start(limits.payloadBytes());
        return rejection
                .setPayload(ByteString.copyFrom(start.bytes()))
                .setPayloadTruncated(start.truncated())
                .build();
    }
}
