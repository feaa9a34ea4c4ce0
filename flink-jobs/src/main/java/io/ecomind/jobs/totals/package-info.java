/** Sums of usage: their columns, scopes, and the topic usage.totals. */
@NullMarked
package io.ecomind.jobs.totals;

import org.jspecify.annotations.NullMarked;
