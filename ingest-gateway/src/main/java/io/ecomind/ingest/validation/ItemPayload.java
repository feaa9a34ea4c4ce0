package io.ecomind.ingest.validation;

import java.util.Arrays;

/** What an item was sent as. */
@FunctionalInterface
public interface ItemPayload {
    /** Its beginning, at most so many bytes. */
    PayloadStart start(int maxBytes);

    /**
     * The beginning of a payload. Nobody writes into the bytes.
     *
     * @param truncated whether there is more
     */
    @SuppressWarnings("ArrayRecordComponent") // Payloads are never compared.
    record PayloadStart(byte[] bytes, boolean truncated) {
        /** Of a part of a request body. */
        public static PayloadStart of(byte[] body, int from, int to, int maxBytes) {
            int end = Math.min(to, from + maxBytes);
            return new PayloadStart(Arrays.copyOfRange(body, from, end), end < to);
        }
    }
}
