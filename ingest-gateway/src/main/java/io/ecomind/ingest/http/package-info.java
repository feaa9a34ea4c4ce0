/** Ingest over HTTP: routes, request bodies, JSON and NDJSON. */
@NullMarked
package io.ecomind.ingest.http;

import org.jspecify.annotations.NullMarked;
