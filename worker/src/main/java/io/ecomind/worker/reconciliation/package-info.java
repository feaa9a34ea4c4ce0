/** What became of every record of events.raw: live, late, duplicate, rejected or missing. */
@NullMarked
package io.ecomind.worker.reconciliation;

import org.jspecify.annotations.NullMarked;
