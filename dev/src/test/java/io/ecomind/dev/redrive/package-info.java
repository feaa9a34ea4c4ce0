/** Tests. */
@NullMarked
package io.ecomind.dev.redrive;

import org.jspecify.annotations.NullMarked;
