/** Tests. */
@NullMarked
package io.ecomind.cli.verify;

import org.jspecify.annotations.NullMarked;
