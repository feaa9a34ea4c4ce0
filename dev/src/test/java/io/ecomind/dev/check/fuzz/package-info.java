@NullMarked
package io.ecomind.dev.check.fuzz;

import org.jspecify.annotations.NullMarked;
