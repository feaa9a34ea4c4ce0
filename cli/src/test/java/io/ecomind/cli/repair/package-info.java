/** Tests. */
@NullMarked
package io.ecomind.cli.repair;

import org.jspecify.annotations.NullMarked;
