@NullMarked
package io.ecomind.dev.check.attack;

import org.jspecify.annotations.NullMarked;
