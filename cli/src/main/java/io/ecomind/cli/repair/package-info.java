/** Appends what a lost transaction has taken from the ledger. */
@NullMarked
package io.ecomind.cli.repair;

import org.jspecify.annotations.NullMarked;
