/** From accepted events to the ledger: drop duplicates, rate with factors, keep order and time. */
@NullMarked
package io.ecomind.jobs.enrichment;

import org.jspecify.annotations.NullMarked;
