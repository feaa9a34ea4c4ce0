/** Sends trace files and old data through the gateway. */
@NullMarked
package io.ecomind.cli.replay;

import org.jspecify.annotations.NullMarked;
