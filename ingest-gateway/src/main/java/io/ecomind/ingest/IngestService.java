package io.ecomind.ingest;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.ingest.limits.NameLimiter;
import io.ecomind.ingest.limits.RateLimitDecision;
import io.ecomind.ingest.limits.RateLimiter;
import io.ecomind.ingest.publish.EventPublisher;
import io.ecomind.ingest.publish.ReceivedClock;
import io.ecomind.ingest.publish.RejectionWriter;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.EventIds;
import io.ecomind.ingest.validation.ItemError;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.ingest.validation.ItemPayload;
import io.ecomind.ingest.validation.PromptKeys;
import io.ecomind.ingest.validation.UsageEventValidator;
import io.ecomind.ingest.validation.Warnings;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.MachineKey;
import io.ecomind.usage.PrintableStrings;
import io.ecomind.usage.RecordKey;
import io.ecomind.usage.UsageField;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Takes the drafts of one request from validation to Kafka's acknowledgement, for HTTP and gRPC alike. Thread-safe. */
public final class IngestService {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Clock clock;
    private final ReceivedClock received;
    private final EventPublisher publisher;
    private final RejectionWriter rejections;
    private final RateLimiter rateLimiter;
    private final NameLimiter nameLimiter;
    private final ItemLimits limits;
    private final GatewayMetrics metrics;
    private final Executor answers;
    private volatile boolean stopping;

    /** @param answers runs what follows an acknowledgement, so that Kafka's own thread is free */
    IngestService(
            Clock clock,
            ReceivedClock received,
            EventPublisher publisher,
            RejectionWriter rejections,
            RateLimiter rateLimiter,
            NameLimiter nameLimiter,
            ItemLimits limits,
            GatewayMetrics metrics,
            Executor answers) {
        this.clock = clock;
        this.received = received;
        this.publisher = publisher;
        this.rejections = rejections;
        this.rateLimiter = rateLimiter;
        this.nameLimiter = nameLimiter;
        this.limits = limits;
        this.metrics = metrics;
        this.answers = answers;
    }

    /**
     * Ingests the items of one request.
     *
     * @return completes when all events are acknowledged or some will not be; fails only by our own fault
     */
    public CompletableFuture<IngestResult> ingest(
            MachineKey caller, List<EventDraft> drafts, @Nullable String idempotencyKey, Warnings warnings) {
        if (stopping) {
            throw new AppException(ErrorCode.UNAVAILABLE, "the gateway is stopping", RETRY_AFTER);
        }
        if (drafts.isEmpty()) {
            throw new AppException(ErrorCode.NOTHING_ACCEPTED, "the request has no items");
        }
        EventIds ids = EventIds.of(caller, idempotencyKey);
        Instant now = clock.instant();
        long receivedAtMicros = received.enter();
        try {
            var validator = new UsageEventValidator(caller, ids, warnings, now, receivedAtMicros);
            IngestBatch batch = sort(drafts, validator, limits, warnings);
            if (batch.events.isEmpty()) {
                return CompletableFuture.completedFuture(rejectAll(caller, drafts, batch, warnings, now));
            }
            RateLimitDecision rateLimit = rateLimiter.consume(caller, batch.events.size());
            if (rateLimit != null && rateLimit.isShare()) {
                warnings.ofRequest(rateLimit.shareWarning());
            }
            if (rateLimit != null && !rateLimit.allowed()) {
                metrics.rateLimited(drafts.size());
                return CompletableFuture.completedFuture(
                        batch.toResult(rateLimit.rejection(batch.events.size()), warnings, rateLimit, now));
            }
            Function<UsageEvent, UsageEvent> names = nameLimiter.of(caller, warnings::ofRequest);
            batch.events.replaceAll((identity, event) -> names.apply(event));
            // Taken out of the drafts now: while Kafka is slow, no request body may be held.
            List<Rejection> rejected = rejections.of(caller, drafts, now);
            var records = records(caller, batch.events.values());
            batch.events.clear();
            long start = System.nanoTime();
            return publisher
                    .send(records)
                    .thenApplyAsync(
                            published -> {
                                metrics.acknowledgedAfter((System.nanoTime() - start) / 1e9);
                                return conclude(caller, rejected, batch, warnings, rateLimit, now, published);
                            },
                            answers);
        } finally {
            received.leave(receivedAtMicros);
        }
    }

    /** Refuses what comes from now on. */
    void stopIntake() {
        stopping = true;
    }

    /** Keeps a request that was rejected before it had items, see the method below. */
    public void rejectRequest(MachineKey caller, AppException problem, byte[] body) {
        rejectRequest(caller, problem, max -> ItemPayload.PayloadStart.of(body, 0, body.length, max));
    }

    /**
     * Keeps a request that was rejected before it had items for what is in it. One that failed because of the server, of a
     * limit or of how it came over the wire is not kept: nothing is wrong with its content, and it can be sent again.
     */
    public void rejectRequest(MachineKey caller, AppException problem, ItemPayload body) {
        boolean ofServer = problem.code().httpStatus() >= 500 || problem.code() == ErrorCode.RATE_LIMITED;
        if (!ofServer && !problem.isOfTransfer()) {
            rejections.request(caller, problem, body, clock.instant());
        }
    }

    /** The events of a request, each identity once, and what there is to say about every item. */
    private static final class IngestBatch {
        private final Map<Identity, UsageEvent> events = new LinkedHashMap<>();
        private final Map<Identity, Integer> firstItems = new HashMap<>();
        private final @Nullable String[] ids;
        private int accepted;
        private int rejected;
        private int duplicates;
        private final List<ItemError> errors = new ArrayList<>();
        private int moreErrors;
        private int errorsOmitted;

        IngestBatch(int items) {
            ids = new String[items];
        }

        /** The first error of an item always, so that no item is rejected without a reason. */
        void addErrors(List<ItemError> ofItem, ItemLimits limits) {
            int more = Math.min(ofItem.size() - 1, limits.errorsPerRequest() - moreErrors);
            errors.addAll(ofItem.subList(0, 1 + more));
            moreErrors += more;
            errorsOmitted += ofItem.size() - 1 - more;
        }

        IngestResult toResult(
                @Nullable AppException problem, Warnings warnings, @Nullable RateLimitDecision rateLimit, Instant now) {
            return new IngestResult(
                    problem,
                    problem == null ? accepted : 0,
                    rejected,
                    duplicates,
                    Arrays.asList(ids),
                    errors,
                    errorsOmitted,
                    warnings.list(),
                    rateLimit,
                    now);
        }
    }

    private record Identity(String source, String id) {}

    private static IngestBatch sort(
            List<EventDraft> drafts, UsageEventValidator validator, ItemLimits limits, Warnings warnings) {
        var batch = new IngestBatch(drafts.size());
        for (EventDraft draft : drafts) {
            UsageEvent event = validator.validate(draft);
            if (event != null) {
                if (!event.getMetadataJson().isEmpty()) {
                    PromptKeys.warn(event.getMetadataJson(), draft.index(), warnings);
                }
                var identity = new Identity(event.getSource(), event.getId());
                UsageEvent first = batch.events.putIfAbsent(identity, event);
                int firstItem = batch.firstItems.computeIfAbsent(identity, any -> draft.index());
                if (first != null && isRepeat(first, event)) {
                    batch.duplicates++;
                } else if (first != null) {
                    draft.reject(
                            ErrorCode.ID_CONFLICT,
                            UsageField.ID,
                            "id must be unique per source, " + PrintableStrings.quoted(event.getId())
                                    + " is that of item " + firstItem + " of this request, which has other content");
                }
            }
            if (event != null && draft.isValid()) {
                batch.ids[draft.index()] = event.getId();
            } else {
                batch.rejected++;
                batch.addErrors(draft.errors(), limits);
            }
        }
        batch.accepted = batch.events.size();
        return batch;
    }

    private static boolean isRepeat(UsageEvent one, UsageEvent other) {
        if (one.getTsDefaulted() || other.getTsDefaulted()) {
            return withoutTime(one).equals(withoutTime(other));
        }
        return one.equals(other);
    }

    private static UsageEvent withoutTime(UsageEvent event) {
        return event.toBuilder().clearTsMicros().clearTsDefaulted().build();
    }

    private IngestResult rejectAll(
            MachineKey caller, List<EventDraft> drafts, IngestBatch batch, Warnings warnings, Instant now) {
        metrics.accepted(0, batch.rejected, 0);
        rejections.publish(caller, rejections.of(caller, drafts, now));
        return batch.toResult(nothingAccepted(drafts), warnings, null, now);
    }

    private IngestResult conclude(
            MachineKey caller,
            List<Rejection> rejected,
            IngestBatch batch,
            Warnings warnings,
            @Nullable RateLimitDecision rateLimit,
            Instant now,
            EventPublisher.PublishResult published) {
        if (published.failure() != null) {
            // The caller will send all of it again: its rejected items are listed when that succeeds.
            metrics.unacknowledged(batch.ids.length);
            var problem =
                    new AppException(ErrorCode.UNAVAILABLE, published.failure() + "; please try again", RETRY_AFTER);
            return batch.toResult(problem, warnings, rateLimit, now);
        }
        metrics.accepted(batch.accepted, batch.rejected, batch.duplicates);
        rejections.publish(caller, rejected);
        return batch.toResult(null, warnings, rateLimit, now);
    }

    private static AppException nothingAccepted(List<EventDraft> drafts) {
        ItemError first = drafts.get(0).errors().get(0);
        boolean shared = drafts.stream().allMatch(draft -> draft.errors().get(0).code() == first.code());
        if (!shared) {
            return new AppException(
                    ErrorCode.NOTHING_ACCEPTED,
                    "none of the " + drafts.size() + " items could be accepted; see errors");
        }
        String others = drafts.size() == 1 ? "" : " (and " + (drafts.size() - 1) + " more; see errors)";
        return new AppException(first.code(), first.message() + others);
    }

    private static List<ProducerRecord<byte[], byte[]>> records(MachineKey caller, Collection<UsageEvent> events) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>(events.size());
        for (UsageEvent event : events) {
            byte[] key = RecordKey.of(caller.orgId(), caller.ingestShards(), event.getSource(), event.getId());
            byte[] value = RawRecord.newBuilder().setEvent(event).build().toByteArray();
            records.add(new ProducerRecord<>(Topic.EVENTS_RAW.topicName(), key, value));
        }
        return records;
    }
}
