/** Tests. */
@NullMarked
package io.ecomind.dev;

import org.jspecify.annotations.NullMarked;
