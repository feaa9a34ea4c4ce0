/** State types that savepoints name by their qualified class name; they move when new savepoints are recorded. */
@NullMarked
package io.ecomind.jobs.daily;

import org.jspecify.annotations.NullMarked;
