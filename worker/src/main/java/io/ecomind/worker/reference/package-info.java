/** Carries changes of reference data from the outbox to Kafka. Knows no tenant and answers no request. */
@NullMarked
package io.ecomind.worker.reference;

import org.jspecify.annotations.NullMarked;
