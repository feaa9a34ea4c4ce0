/** Puts rejected events through the front door once more. */
@NullMarked
package io.ecomind.cli.redrive;

import org.jspecify.annotations.NullMarked;
