@NullMarked
package io.ecomind.footprint;

import org.jspecify.annotations.NullMarked;
