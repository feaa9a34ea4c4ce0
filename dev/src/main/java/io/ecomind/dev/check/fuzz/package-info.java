/** Random input for all ways in, from a kept corpus. */
@NullMarked
package io.ecomind.dev.check.fuzz;

import org.jspecify.annotations.NullMarked;
