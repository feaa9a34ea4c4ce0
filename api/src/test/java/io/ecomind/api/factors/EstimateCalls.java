package io.ecomind.api.factors;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What the tests of estimates ask, and when. Stateless. */
final class EstimateCalls {
    static final String PATH = "/v1/estimate";
    static final String GPT_4O = "{\"provider\":\"openai\",\"model\":\"gpt-4o\",\"tokens_in\":10000,\"tokens_out\":50}";

    private EstimateCalls() {}

    /** What a test stores becomes active after a minute's notice, and so is active then. */
    static Instant inAnHour() {
        return Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.SECONDS);
    }
}
