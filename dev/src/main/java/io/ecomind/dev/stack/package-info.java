/** All parts of the product, started together on one machine. */
@NullMarked
package io.ecomind.dev.stack;

import org.jspecify.annotations.NullMarked;
