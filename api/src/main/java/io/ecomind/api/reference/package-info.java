/** Carries changes of reference data from the outbox to Kafka. Knows no tenant and answers no request. */
@NullMarked
package io.ecomind.api.reference;

import org.jspecify.annotations.NullMarked;
