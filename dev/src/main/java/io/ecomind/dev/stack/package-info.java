/** The servers and processes of Ecomind, all on one machine. */
@NullMarked
package io.ecomind.dev.stack;

import org.jspecify.annotations.NullMarked;
