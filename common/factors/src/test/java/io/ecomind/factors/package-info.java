@NullMarked
package io.ecomind.factors;

import org.jspecify.annotations.NullMarked;
