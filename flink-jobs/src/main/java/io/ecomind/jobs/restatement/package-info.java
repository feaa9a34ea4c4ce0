/** New rating versions of sealed days: what came late, or another factor set. */
@NullMarked
package io.ecomind.jobs.restatement;

import org.jspecify.annotations.NullMarked;
