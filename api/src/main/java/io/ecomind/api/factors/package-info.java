/** The factors behind the figures: what a call would cost and why, what is in a set, what no set covers. */
@NullMarked
package io.ecomind.api.factors;

import org.jspecify.annotations.NullMarked;
