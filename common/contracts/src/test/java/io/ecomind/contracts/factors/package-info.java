@NullMarked
package io.ecomind.contracts.factors;

import org.jspecify.annotations.NullMarked;
