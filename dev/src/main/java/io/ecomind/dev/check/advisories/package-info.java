/** Published advisories about the components that are shipped, and what was decided about each. */
@NullMarked
package io.ecomind.dev.check.advisories;

import org.jspecify.annotations.NullMarked;
