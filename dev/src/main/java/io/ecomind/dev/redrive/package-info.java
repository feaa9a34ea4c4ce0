/** Puts rejected events through the front door once more. */
@NullMarked
package io.ecomind.dev.redrive;

import org.jspecify.annotations.NullMarked;
