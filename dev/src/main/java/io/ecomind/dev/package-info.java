/** The commands of {@code ./ecomind}. */
@NullMarked
package io.ecomind.dev;

import org.jspecify.annotations.NullMarked;
