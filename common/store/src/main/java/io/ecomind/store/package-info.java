/** Migrations, shipped reference data and connection pools. */
@NullMarked
package io.ecomind.store;

import org.jspecify.annotations.NullMarked;
