/** Tests. */
@NullMarked
package io.ecomind.dev.verify;

import org.jspecify.annotations.NullMarked;
