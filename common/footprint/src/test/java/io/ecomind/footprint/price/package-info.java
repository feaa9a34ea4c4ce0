@NullMarked
package io.ecomind.footprint.price;

import org.jspecify.annotations.NullMarked;
