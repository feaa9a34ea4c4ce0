/** Tumbling windows over the local days of organisations: the control totals of each day. */
@NullMarked
package io.ecomind.jobs.windows;

import org.jspecify.annotations.NullMarked;
