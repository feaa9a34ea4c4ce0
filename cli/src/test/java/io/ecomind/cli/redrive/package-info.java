/** Tests. */
@NullMarked
package io.ecomind.cli.redrive;

import org.jspecify.annotations.NullMarked;
