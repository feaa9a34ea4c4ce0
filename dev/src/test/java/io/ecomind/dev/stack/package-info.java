/** Tests. */
@NullMarked
package io.ecomind.dev.stack;

import org.jspecify.annotations.NullMarked;
