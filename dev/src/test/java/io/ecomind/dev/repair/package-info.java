/** Tests. */
@NullMarked
package io.ecomind.dev.repair;

import org.jspecify.annotations.NullMarked;
