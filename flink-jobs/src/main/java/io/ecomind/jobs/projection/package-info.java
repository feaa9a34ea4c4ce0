/** From the ledger to the tables: rows and daily totals in one transaction, windows as the second entry. */
@NullMarked
package io.ecomind.jobs.projection;

import org.jspecify.annotations.NullMarked;
