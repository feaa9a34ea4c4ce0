package io.ecomind.ingest.validation;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Permission;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.service.auth.MachineKey;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.PrintableStrings;
import io.ecomind.usage.TsBounds;
import io.ecomind.usage.UsageField;
import io.ecomind.usage.UsageRules;
import io.ecomind.usage.Violation;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Turns the drafts of one request into events by the {@link UsageRules} and the restrictions of the API key, or adds every
 * error to them. Not thread-safe; one per request.
 */
public final class UsageEventValidator {
    private final MachineKey caller;
    private final EventIds ids;
    private final Warnings warnings;
    private final long nowMicros;
    private final long receivedAtMicros;
    private final TsBounds bounds;

    /**
     * @param now the moment against which {@code ts} is compared
     * @param receivedAtMicros what the events carry as received_at
     */
    public UsageEventValidator(MachineKey caller, EventIds ids, Warnings warnings, Instant now, long receivedAtMicros) {
        this.caller = caller;
        this.ids = ids;
        this.warnings = warnings;
        this.nowMicros = EpochMicros.of(now);
        this.receivedAtMicros = receivedAtMicros;
        this.bounds = caller.may(Permission.USAGE_IMPORT) ? TsBounds.ofImport(now) : TsBounds.ofIngest(now);
    }

    /** The event, or null when the draft now has errors. */
    @Nullable
    public UsageEvent validate(EventDraft draft) {
        if (draft.isUnread()) {
            return null;
        }
        var event = UsageEvent.newBuilder()
                .setOrgId(organisation(draft))
                .setUserId(user(draft))
                .setProvider(required(draft, UsageField.PROVIDER))
                .setModel(string(draft, UsageField.MODEL));
        counts(draft, event);
        event.setModality(modality(draft))
                .setRegion(UsageRules.region(string(draft, UsageField.REGION)))
                .setProject(string(draft, UsageField.PROJECT))
                .setEnvironment(string(draft, UsageField.ENVIRONMENT))
                .setSource(source(draft))
                .setNodeType(string(draft, UsageField.NODE_TYPE))
                .setApiKeyId(caller.keyId())
                .setReceivedAtMicros(receivedAtMicros);
        String status = string(draft, UsageField.STATUS);
        if (!status.isEmpty()) {
            event.setStatus(status);
        }
        String metadata = draft.string(UsageField.METADATA);
        if (metadata != null) {
            event.setMetadataJson(metadata);
        }
        UsageRules.checkParts(event, draft::isRejected, draft::reject);
        if (draft.isValid()) {
            rejectIfNotNull(draft, UsageRules.ofNames(event));
        }
        time(draft, event);
        id(draft, event);
        return draft.isValid() ? event.build() : null;
    }

    private static void counts(EventDraft draft, UsageEvent.Builder event) {
        for (UsageField field : UsageField.COUNTS) {
            if (draft.hasNumber(field)) {
                if (!rejectIfNotNull(draft, UsageRules.ofCount(field, draft.number(field)))) {
                    field.setCount(event, draft.number(field));
                }
            } else if (field.isRequired() && !draft.isRejected(field)) {
                draft.reject(UsageRules.missingCount(field));
            }
        }
    }

    private String organisation(EventDraft draft) {
        String orgId = string(draft, UsageField.ORG_ID);
        if (!orgId.isEmpty() && !orgId.equals(caller.orgId())) {
            draft.reject(
                    ErrorCode.ORG_MISMATCH,
                    UsageField.ORG_ID,
                    "org_id must be the one that the API key belongs to, was " + PrintableStrings.quoted(orgId));
        }
        return caller.orgId();
    }

    private String user(EventDraft draft) {
        String userId = required(draft, UsageField.USER_ID);
        if (caller.userId() != null && !userId.isEmpty() && !userId.equals(caller.userId())) {
            draft.reject(
                    ErrorCode.KEY_NOT_BOUND_TO,
                    UsageField.USER_ID,
                    "user_id must be the one that the API key is bound to, was " + PrintableStrings.quoted(userId));
        }
        return userId;
    }

    private String source(EventDraft draft) {
        String source = string(draft, UsageField.SOURCE);
        if (caller.source() == null) {
            return source;
        }
        if (!source.isEmpty() && !source.equals(caller.source())) {
            draft.reject(
                    ErrorCode.KEY_NOT_BOUND_TO,
                    UsageField.SOURCE,
                    "source must be the one that the API key is bound to, was " + PrintableStrings.quoted(source));
        }
        return caller.source();
    }

    private static String modality(EventDraft draft) {
        String modality = string(draft, UsageField.MODALITY);
        rejectIfNotNull(draft, UsageRules.ofModality(modality));
        return modality.isEmpty() ? UsageRules.DEFAULT_MODALITY : modality;
    }

    private void time(EventDraft draft, UsageEvent.Builder event) {
        String ts = draft.string(UsageField.TS);
        if (ts == null || ts.isEmpty()) {
            event.setTsMicros(nowMicros).setTsDefaulted(true);
        } else {
            UsageRules.readTs(ts, bounds, draft::reject).ifPresent(event::setTsMicros);
        }
    }

    private void id(EventDraft draft, UsageEvent.Builder event) {
        String id = string(draft, UsageField.ID);
        if (!draft.isValid()) {
            return;
        }
        if (id.isEmpty()) {
            event.setId(ids.idFor(draft.index(), event.getUserId()));
        } else {
            event.setId(id);
            if (event.getTsDefaulted()) {
                warnings.idWithoutTs(draft.index());
            }
        }
    }

    private static String required(EventDraft draft, UsageField field) {
        String string = string(draft, field);
        if (!draft.isRejected(field)) {
            rejectIfNotNull(draft, UsageRules.ofRequired(field, string));
        }
        return string;
    }

    /** The string, or the empty string when it is absent or not valid. */
    private static String string(EventDraft draft, UsageField field) {
        String string = draft.string(field);
        return string == null || rejectIfNotNull(draft, UsageRules.ofString(field, string)) ? "" : string;
    }

    private static boolean rejectIfNotNull(EventDraft draft, @Nullable Violation violation) {
        if (violation != null) {
            draft.reject(violation);
        }
        return violation != null;
    }
}
