/** Tests of the checks. */
@NullMarked
package io.ecomind.dev.check;

import org.jspecify.annotations.NullMarked;
