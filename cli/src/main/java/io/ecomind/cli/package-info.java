/** Commands for operators, against any installation that their profile names. */
@NullMarked
package io.ecomind.cli;

import org.jspecify.annotations.NullMarked;
