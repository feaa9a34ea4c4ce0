/** Says of each record of events.raw what became of it, while everything runs, and shows an organisation what is lost. */
@NullMarked
package io.ecomind.api.reconciliation;

import org.jspecify.annotations.NullMarked;
