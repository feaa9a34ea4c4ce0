/** Migrations, shipped reference data and connection pools. */
@NullMarked
package io.ecomind.service.db;

import org.jspecify.annotations.NullMarked;
