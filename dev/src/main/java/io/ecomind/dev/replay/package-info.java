/** Sends trace files through the gateway. */
@NullMarked
package io.ecomind.dev.replay;

import org.jspecify.annotations.NullMarked;
