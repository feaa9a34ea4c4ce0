/** Tests. */
@NullMarked
package io.ecomind.cli.replay;

import org.jspecify.annotations.NullMarked;
