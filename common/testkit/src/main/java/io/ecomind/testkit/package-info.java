/** The real servers in their embedded form, for tests and for one machine, and builders for test data. */
@NullMarked
package io.ecomind.testkit;

import org.jspecify.annotations.NullMarked;
