/** Sends trace files and old data through the gateway. */
@NullMarked
package io.ecomind.dev.replay;

import org.jspecify.annotations.NullMarked;
