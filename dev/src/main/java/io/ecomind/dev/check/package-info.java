/** Commands that check a running stack from outside: attacks on it, and random input for its ports. */
@NullMarked
package io.ecomind.dev.check;

import org.jspecify.annotations.NullMarked;
