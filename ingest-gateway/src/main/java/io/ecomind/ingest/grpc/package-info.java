/** Ingest over gRPC. */
@NullMarked
package io.ecomind.ingest.grpc;

import org.jspecify.annotations.NullMarked;
