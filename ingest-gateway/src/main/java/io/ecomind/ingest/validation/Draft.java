package io.ecomind.ingest.validation;

import io.ecomind.contracts.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One item as it was sent, whichever way it came, with all that is wrong with it so far. Not thread-safe.
 *
 * <p>A field that is absent, null or already refused reads as null.
 */
public final class Draft {
    private final int index;
    private final Supplier<byte[]> payload;
    private final @Nullable String[] texts = new String[Field.COUNT];
    private final long[] numbers = new long[Field.COUNT];
    private int numbersPresent;
    private int refused;
    private boolean unread;
    private List<ItemError> errors = List.of();

    /** @param payload what was sent, to be kept when the item is refused */
    public Draft(int index, Supplier<byte[]> payload) {
        this.index = index;
        this.payload = payload;
    }

    public int index() {
        return index;
    }

    public byte[] payload() {
        return payload.get();
    }

    public void put(Field field, String value) {
        texts[field.ordinal()] = value;
    }

    public void put(Field field, long value) {
        numbers[field.ordinal()] = value;
        numbersPresent |= 1 << field.ordinal();
    }

    @Nullable
    String text(Field field) {
        return isRefused(field) ? null : texts[field.ordinal()];
    }

    /** The text as it was sent, even when it was refused. */
    @Nullable
    public String sent(Field field) {
        return texts[field.ordinal()];
    }

    boolean hasNumber(Field field) {
        return (numbersPresent & 1 << field.ordinal()) != 0 && !isRefused(field);
    }

    /** Only when {@link #hasNumber}. */
    long number(Field field) {
        return numbers[field.ordinal()];
    }

    public boolean isRefused(Field field) {
        return (refused & 1 << field.ordinal()) != 0;
    }

    public void refuse(ErrorCode code, Field field, String message) {
        refused |= 1 << field.ordinal();
        refuse(code, field.wireName(), message);
    }

    /** The item as a whole could not be read, so that nothing can be said about its fields. */
    public void refuseUnread(ErrorCode code, String message) {
        unread = true;
        refuse(code, "", message);
    }

    boolean isUnread() {
        return unread;
    }

    /** For what no known field is to blame for. */
    public void refuse(ErrorCode code, String field, String message) {
        if (errors.isEmpty()) {
            errors = new ArrayList<>(2);
        }
        errors.add(new ItemError(index, code, field, message));
    }

    public List<ItemError> errors() {
        return errors;
    }

    public boolean isSound() {
        return errors.isEmpty();
    }
}
