package io.ecomind.footprint.price;

import org.jspecify.annotations.Nullable;

/**
 * A call to be priced. Immutable.
 *
 * @param provider as the sender writes it: it says who bills, which the provider's canonical name may not (Hugging Face's
 *     router is one provider and many sellers)
 * @param modality text, embedding, rerank, image, audio or video; null or empty is text
 * @param batch whether it was part of a batch that the seller discounts
 * @param tsMicros when it happened, microseconds since 1970 UTC: chooses the row
 * @param receivedAtMicros when it was taken in: chooses the set
 */
public record BillableCall(
        String provider,
        String model,
        @Nullable String modality,
        boolean batch,
        BillableUsage usage,
        long tsMicros,
        long receivedAtMicros) {
    private static final long MICROS_PER_MINUTE = 60_000_000L;
    private static final long MINUTES_PER_DAY = 1_440;

    /** Days since 1970, UTC. */
    long day() {
        return Math.floorDiv(tsMicros, MICROS_PER_MINUTE * MINUTES_PER_DAY);
    }

    /** Minute of the day, UTC. */
    int minute() {
        return (int) Math.floorMod(Math.floorDiv(tsMicros, MICROS_PER_MINUTE), MINUTES_PER_DAY);
    }

    /** How many of a class the call is billed for. Of consistent usage each token is in one class. */
    long count(PriceClass priced) {
        return switch (priced) {
            case INPUT -> usage.tokensIn() - usage.cacheRead() - usage.cacheWrite() - usage.audioIn() - usage.imageIn();
            case CACHE_READ -> usage.cacheRead();
            case CACHE_WRITE -> usage.cacheWrite() - usage.cacheWrite1h();
            case CACHE_WRITE_1H -> usage.cacheWrite1h();
            case OUTPUT ->
                generates() ? usage.tokensOut() - usage.reasoning() - usage.audioOut() - usage.imageOut() : 0;
            case REASONING -> generates() ? usage.reasoning() : 0;
            case AUDIO_IN -> usage.audioIn();
            case AUDIO_OUT -> generates() ? usage.audioOut() : 0;
            case IMAGE_IN -> usage.imageIn();
            case IMAGE_OUT -> generates() ? usage.imageOut() : 0;
            case AUDIO_CACHE_READ, IMAGE_CACHE_READ -> 0;
            case REQUEST -> 1;
        };
    }

    /** Embeddings and rerank generate nothing, whatever their tokens_out says. */
    private boolean generates() {
        return !"embedding".equals(modality) && !"rerank".equals(modality);
    }
}
