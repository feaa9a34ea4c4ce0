package io.ecomind.ingest.validation;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.usage.PrintableStrings;
import io.ecomind.usage.UsageField;
import io.ecomind.usage.Violation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One item of a request over HTTP or gRPC: the values that were sent and the errors found so far. Not thread-safe.
 *
 * <p>A field that is absent, null or already rejected reads as null.
 */
public final class EventDraft {
    private final int index;
    private final ItemPayload payload;
    private final ItemLimits limits;
    private final @Nullable String[] strings = new String[UsageField.ALL.size()];
    private final long[] numbers = new long[UsageField.ALL.size()];
    private long numbersPresent;
    private long rejected;
    private boolean unread;
    private boolean hopeless;
    private List<ItemError> errors = List.of();

    /** @param payload what the item was sent as, of which the beginning is kept when it is rejected */
    public EventDraft(int index, ItemPayload payload, ItemLimits limits) {
        this.index = index;
        this.payload = payload;
        this.limits = limits;
    }

    public int index() {
        return index;
    }

    public ItemPayload payload() {
        return payload;
    }

    public void put(UsageField field, String value) {
        strings[field.index()] = value;
    }

    public void put(UsageField field, long value) {
        numbers[field.index()] = value;
        numbersPresent |= bit(field);
    }

    @Nullable
    String string(UsageField field) {
        return isRejected(field) ? null : strings[field.index()];
    }

    /** The string as it was sent, even when it was rejected. */
    @Nullable
    public String sent(UsageField field) {
        return strings[field.index()];
    }

    boolean hasNumber(UsageField field) {
        return (numbersPresent & bit(field)) != 0 && !isRejected(field);
    }

    /** Only when {@link #hasNumber}. */
    long number(UsageField field) {
        return numbers[field.index()];
    }

    public boolean isRejected(UsageField field) {
        return (rejected & bit(field)) != 0;
    }

    public void reject(Violation violation) {
        reject(violation.code(), violation.field(), violation.message());
    }

    public void reject(ErrorCode code, UsageField field, String message) {
        rejected |= bit(field);
        reject(code, field.wireName(), message);
    }

    /** Rejects an item that could not be read as a whole, so that its fields are not validated. */
    public void rejectUnread(ErrorCode code, String message) {
        unread = true;
        reject(code, "", message);
    }

    boolean isUnread() {
        return unread || hopeless;
    }

    /** Whether the item has more errors than are listed, so that there is no use in reading more of it. */
    public boolean isHopeless() {
        return hopeless;
    }

    /** Rejects the item for a reason that lies in none of the known fields. */
    public void reject(ErrorCode code, String field, String message) {
        if (hopeless) {
            return;
        }
        if (errors.isEmpty()) {
            errors = new ArrayList<>(2);
        }
        if (errors.size() >= limits.errorsPerItem()) {
            hopeless = true;
            errors.add(new ItemError(
                    index,
                    errors.get(0).code(),
                    "",
                    "there are more errors than the " + errors.size()
                            + " that are listed; the rest of the item was not read"));
        } else {
            errors.add(
                    new ItemError(index, code, field, PrintableStrings.printable(message, limits.messageCharacters())));
        }
    }

    public List<ItemError> errors() {
        return errors;
    }

    public boolean isValid() {
        return errors.isEmpty();
    }

    private static long bit(UsageField field) {
        return 1L << field.index();
    }
}
