package io.ecomind.ingest.validation;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Permission;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.service.auth.MachineKey;
import io.ecomind.usage.Rfc3339;
import io.ecomind.usage.Texts;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns the drafts of one request into events, or says all that is wrong with them. Not thread-safe; one per request.
 */
public final class UsageEventValidator {
    private static final Set<String> MODALITIES = Set.of("text", "embedding", "rerank", "image", "audio", "video");

    /** With it a key may send what is older than events are kept. */
    private final MachineKey caller;

    private final EventIds ids;
    private final Warnings warnings;
    private final long nowMicros;
    private final long receivedAtMicros;
    private final long latestMicros;
    private final long earliestMicros;

    /**
     * @param now what the gateway's clock says, against which {@code ts} is judged
     * @param receivedAtMicros what the events carry as received_at
     */
    public UsageEventValidator(MachineKey caller, EventIds ids, Warnings warnings, Instant now, long receivedAtMicros) {
        this.caller = caller;
        this.ids = ids;
        this.warnings = warnings;
        this.nowMicros = micros(now);
        this.receivedAtMicros = receivedAtMicros;
        this.latestMicros = micros(now.plus(Limits.MAX_AHEAD));
        // An import has a floor, too: one typo would ask for partitions of every century.
        this.earliestMicros =
                micros(caller.may(Permission.USAGE_IMPORT) ? Limits.OLDEST_TS : now.minus(Limits.RETENTION));
    }

    public static long micros(Instant instant) {
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000);
    }

    /** The event, or null when the draft now has errors. */
    @Nullable
    public UsageEvent validate(Draft draft) {
        if (draft.isUnread()) {
            return null;
        }
        var event = UsageEvent.newBuilder()
                .setOrgId(organisation(draft))
                .setUserId(user(draft))
                .setProvider(required(draft, Field.PROVIDER))
                .setModel(text(draft, Field.MODEL))
                .setTokensIn(requiredCount(draft, Field.TOKENS_IN))
                .setTokensOut(requiredCount(draft, Field.TOKENS_OUT))
                .setModality(modality(draft))
                .setRegion(region(draft))
                .setProject(text(draft, Field.PROJECT))
                .setEnvironment(text(draft, Field.ENVIRONMENT))
                .setSource(source(draft))
                .setNodeType(text(draft, Field.NODE_TYPE))
                .setApiKeyId(caller.keyId())
                .setReceivedAtMicros(receivedAtMicros);
        if (isCount(draft, Field.TOKENS_CACHE_READ)) {
            event.setTokensCacheRead(draft.number(Field.TOKENS_CACHE_READ));
        }
        if (isCount(draft, Field.TOKENS_CACHE_WRITE)) {
            event.setTokensCacheWrite(draft.number(Field.TOKENS_CACHE_WRITE));
        }
        if (isCount(draft, Field.TOKENS_REASONING)) {
            event.setTokensReasoning(draft.number(Field.TOKENS_REASONING));
        }
        if (isCount(draft, Field.LATENCY_MS)) {
            event.setLatencyMs(draft.number(Field.LATENCY_MS));
        }
        if (isCount(draft, Field.UNITS)) {
            event.setUnits(draft.number(Field.UNITS));
        }
        String status = text(draft, Field.STATUS);
        if (!status.isEmpty()) {
            event.setStatus(status);
        }
        String metadata = draft.text(Field.METADATA);
        if (metadata != null) {
            event.setMetadataJson(metadata);
        }
        parts(draft, event);
        names(draft, event);
        time(draft, event);
        id(draft, event);
        return draft.isSound() ? event.build() : null;
    }

    private static void names(Draft draft, UsageEvent.Builder event) {
        int bytes = event.getUserIdBytes().size()
                + event.getProjectBytes().size()
                + event.getProviderBytes().size()
                + event.getModelBytes().size()
                + event.getRegionBytes().size();
        if (bytes > Limits.MAX_NAMES_BYTES && draft.isSound()) {
            draft.refuse(
                    ErrorCode.FIELD_TOO_LONG,
                    Field.USER_ID,
                    "user_id, project, provider, model and region must be at most " + Limits.MAX_NAMES_BYTES
                            + " bytes together, were " + bytes);
        }
    }

    private String organisation(Draft draft) {
        String orgId = text(draft, Field.ORG_ID);
        if (!orgId.isEmpty() && !orgId.equals(caller.orgId())) {
            draft.refuse(
                    ErrorCode.ORG_MISMATCH,
                    Field.ORG_ID,
                    "org_id must be the one that the API key belongs to, was " + Texts.quoted(orgId));
        }
        return caller.orgId();
    }

    private String user(Draft draft) {
        String userId = required(draft, Field.USER_ID);
        if (caller.userId() != null && !userId.isEmpty() && !userId.equals(caller.userId())) {
            draft.refuse(
                    ErrorCode.KEY_NOT_BOUND_TO,
                    Field.USER_ID,
                    "user_id must be the one that the API key is bound to, was " + Texts.quoted(userId));
        }
        return userId;
    }

    private String source(Draft draft) {
        String source = text(draft, Field.SOURCE);
        if (caller.source() == null) {
            return source;
        }
        if (!source.isEmpty() && !source.equals(caller.source())) {
            draft.refuse(
                    ErrorCode.KEY_NOT_BOUND_TO,
                    Field.SOURCE,
                    "source must be the one that the API key is bound to, was " + Texts.quoted(source));
        }
        return caller.source();
    }

    private static String modality(Draft draft) {
        String modality = text(draft, Field.MODALITY);
        if (modality.isEmpty()) {
            return "text";
        }
        if (!MODALITIES.contains(modality) && !draft.isRefused(Field.MODALITY)) {
            draft.refuse(
                    ErrorCode.FIELD_INVALID,
                    Field.MODALITY,
                    "modality must be text, embedding, rerank, image, audio or video, was " + Texts.quoted(modality));
        }
        return modality;
    }

    private static String region(Draft draft) {
        String region = text(draft, Field.REGION);
        return region.equalsIgnoreCase("UNKNOWN") ? "" : region;
    }

    private static void parts(Draft draft, UsageEvent.Builder event) {
        long cached = event.getTokensCacheRead() + event.getTokensCacheWrite();
        if (cached > event.getTokensIn()
                && !draft.isRefused(Field.TOKENS_IN)
                && !draft.isRefused(Field.TOKENS_CACHE_READ)
                && !draft.isRefused(Field.TOKENS_CACHE_WRITE)) {
            Field field = event.hasTokensCacheRead() ? Field.TOKENS_CACHE_READ : Field.TOKENS_CACHE_WRITE;
            draft.refuse(
                    ErrorCode.FIELD_OUT_OF_RANGE,
                    field,
                    "tokens_cache_read + tokens_cache_write must be at most tokens_in (" + event.getTokensIn()
                            + "), was " + cached);
        }
        if (event.getTokensReasoning() > event.getTokensOut()
                && !draft.isRefused(Field.TOKENS_OUT)
                && !draft.isRefused(Field.TOKENS_REASONING)) {
            draft.refuse(
                    ErrorCode.FIELD_OUT_OF_RANGE,
                    Field.TOKENS_REASONING,
                    "tokens_reasoning must be at most tokens_out (" + event.getTokensOut() + "), was "
                            + event.getTokensReasoning());
        }
    }

    private void time(Draft draft, UsageEvent.Builder event) {
        String ts = draft.text(Field.TS);
        if (ts == null || ts.isEmpty()) {
            event.setTsMicros(nowMicros).setTsDefaulted(true);
            return;
        }
        long micros;
        try {
            micros = Rfc3339.parseMicros(ts);
        } catch (DateTimeException wrong) {
            String why = String.valueOf(wrong.getMessage());
            draft.refuse(
                    ErrorCode.TS_INVALID,
                    Field.TS,
                    "ts " + (why.startsWith("must") ? why : "must be a date: " + why) + ", was " + Texts.quoted(ts));
            return;
        }
        if (micros > latestMicros) {
            draft.refuse(
                    ErrorCode.TS_TOO_FAR_AHEAD,
                    Field.TS,
                    "ts must be at most " + Limits.MAX_AHEAD.toMinutes() + " minutes ahead of now, was "
                            + Texts.quoted(ts));
        } else if (micros < earliestMicros) {
            String limit = caller.may(Permission.USAGE_IMPORT)
                    ? Limits.OLDEST_TS + " or later"
                    : "at most " + Limits.RETENTION.toDays() + " days old (a key with scope import may send older)";
            draft.refuse(ErrorCode.TS_TOO_OLD, Field.TS, "ts must be " + limit + ", was " + Texts.quoted(ts));
        }
        event.setTsMicros(micros);
    }

    private void id(Draft draft, UsageEvent.Builder event) {
        String id = text(draft, Field.ID);
        if (!draft.isSound()) {
            return;
        }
        if (id.isEmpty()) {
            event.setId(ids.idFor(draft.index()));
        } else {
            event.setId(id);
            if (event.getTsDefaulted()) {
                warnings.idWithoutTs(draft.index());
            }
        }
    }

    private static String required(Draft draft, Field field) {
        String text = text(draft, field);
        if (text.isBlank() && !draft.isRefused(field)) {
            draft.refuse(ErrorCode.FIELD_MISSING, field, field.wireName() + " must not be empty");
        }
        return text;
    }

    private static long requiredCount(Draft draft, Field field) {
        if (isCount(draft, field)) {
            return draft.number(field);
        }
        if (!draft.isRefused(field)) {
            draft.refuse(ErrorCode.FIELD_MISSING, field, field.wireName() + " must be an integer 0.." + field.max());
        }
        return 0;
    }

    /** Whether the draft has the number and it is within its limits; refuses it when it is not. */
    private static boolean isCount(Draft draft, Field field) {
        if (!draft.hasNumber(field)) {
            return false;
        }
        long value = draft.number(field);
        if (value >= 0 && value <= field.max()) {
            return true;
        }
        draft.refuse(
                ErrorCode.FIELD_OUT_OF_RANGE,
                field,
                field.wireName() + " must be 0.." + field.max() + ", was " + value);
        return false;
    }

    /** The text, or the empty text when it is absent or not acceptable. */
    private static String text(Draft draft, Field field) {
        String text = draft.text(field);
        if (text == null) {
            return "";
        }
        String flaw = Texts.flaw(text, false);
        if (flaw != null) {
            draft.refuse(ErrorCode.FIELD_INVALID, field, field.wireName() + " must not contain " + flaw);
            return "";
        }
        if (text.length() > field.max()) {
            int characters = text.codePointCount(0, text.length());
            if (characters > field.max()) {
                draft.refuse(
                        ErrorCode.FIELD_TOO_LONG,
                        field,
                        field.wireName() + " must be at most " + field.max() + " characters, was " + characters);
                return "";
            }
        }
        return text;
    }
}
