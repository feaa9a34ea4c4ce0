/** What a model call costs in nano-USD, by the price list of who bills it: pure functions and records over the JDK. */
@NullMarked
package io.ecomind.footprint.price;

import org.jspecify.annotations.NullMarked;
