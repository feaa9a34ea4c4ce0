package io.ecomind.ingest.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.ingest.IngestResult;
import io.ecomind.ingest.validation.ItemError;
import io.ecomind.service.AppException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answers of {@code POST /v1/ingest} as they stand in the OpenAPI document. Stateless. */
final class IngestViews {
    private static final ObjectMapper JSON =
            new ObjectMapper().setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

    private IngestViews() {}

    /** The body of a 202. */
    private record IngestAnswer(
            String status,
            int accepted,
            int rejected,
            int duplicates,
            List<@Nullable String> ids,
            List<ItemErrorView> errors,
            int errorsOmitted,
            List<String> warnings,
            String ts) {}

    /** What a problem document has beside the problem when items were rejected. */
    private record RejectedMembers(int accepted, int rejected, List<ItemErrorView> errors, int errorsOmitted) {}

    /** The same when Kafka did not acknowledge: a retry with these ids counts nothing twice. */
    private record UnacknowledgedMembers(int accepted, List<@Nullable String> ids) {}

    private record ItemErrorView(int index, String code, String field, String message) {
        static ItemErrorView of(ItemError error) {
            return new ItemErrorView(error.index(), error.code().code(), error.field(), error.message());
        }
    }

    static byte[] accepted(IngestResult result) {
        try {
            return JSON.writeValueAsBytes(new IngestAnswer(
                    "accepted",
                    result.accepted(),
                    result.rejected(),
                    result.duplicates(),
                    result.ids(),
                    errors(result),
                    result.errorsOmitted(),
                    result.warnings(),
                    result.now().toString()));
        } catch (JsonProcessingException bug) {
            throw new IllegalStateException("the answer cannot be written as JSON", bug);
        }
    }

    static ObjectNode problemMembers(IngestResult result, AppException problem) {
        return JSON.valueToTree(
                problem.code() == ErrorCode.UNAVAILABLE
                        ? new UnacknowledgedMembers(0, result.ids())
                        : new RejectedMembers(0, result.rejected(), errors(result), result.errorsOmitted()));
    }

    private static List<ItemErrorView> errors(IngestResult result) {
        return result.errors().stream().map(ItemErrorView::of).toList();
    }
}
