/** Tests. */
@NullMarked
package io.ecomind.dev.replay;

import org.jspecify.annotations.NullMarked;
