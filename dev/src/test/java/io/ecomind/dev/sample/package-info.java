/** Tests. */
@NullMarked
package io.ecomind.dev.sample;

import org.jspecify.annotations.NullMarked;
