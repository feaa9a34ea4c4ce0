/** How many kWh, litres and kilograms a model call costs: pure functions and records over the JDK. */
@NullMarked
package io.ecomind.footprint;

import org.jspecify.annotations.NullMarked;
