/** The rules of a usage event that gateway, API and jobs share. */
@NullMarked
package io.ecomind.usage;

import org.jspecify.annotations.NullMarked;
