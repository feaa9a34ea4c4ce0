/** Sends rejected events to the gateway again. */
@NullMarked
package io.ecomind.cli.redrive;

import org.jspecify.annotations.NullMarked;
