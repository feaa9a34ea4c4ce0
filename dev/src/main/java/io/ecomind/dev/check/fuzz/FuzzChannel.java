package io.ecomind.dev.check.fuzz;

/** A way in. */
enum FuzzChannel {
    HTTP_JSON,
    HTTP_NDJSON,
    /** The bytes are the compressed ones. */
    HTTP_GZIP,
    /** The bytes are an IngestRequest. */
    GRPC,
    /** The bytes are the value of a record in events.raw, as another producer could write it. */
    KAFKA
}
