/** Bounded, repeatable tries to make a server lose its limits, each with what it cost the server. */
@NullMarked
package io.ecomind.dev.check.attack;

import org.jspecify.annotations.NullMarked;
