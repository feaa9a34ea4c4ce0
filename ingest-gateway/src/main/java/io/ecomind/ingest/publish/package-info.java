/** Accepted events, rejections and heartbeats on their way to Kafka. */
@NullMarked
package io.ecomind.ingest.publish;

import org.jspecify.annotations.NullMarked;
