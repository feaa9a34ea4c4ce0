/** Restatements of sealed days: asking for one, what became of it, and what a day's rating versions were. */
@NullMarked
package io.ecomind.api.restatements;

import org.jspecify.annotations.NullMarked;
