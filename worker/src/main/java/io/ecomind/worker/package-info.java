/** What needs one runner beside the API: publishing reference data, reconciliation of events.raw. */
@NullMarked
package io.ecomind.worker;

import org.jspecify.annotations.NullMarked;
