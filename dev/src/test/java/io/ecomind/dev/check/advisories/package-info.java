@NullMarked
package io.ecomind.dev.check.advisories;

import org.jspecify.annotations.NullMarked;
