/** Checks the totals against the event log, without any counter of the jobs. */
@NullMarked
package io.ecomind.cli.verify;

import org.jspecify.annotations.NullMarked;
