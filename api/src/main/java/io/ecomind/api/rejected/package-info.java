/** What of an organisation's events was not counted, and why. */
@NullMarked
package io.ecomind.api.rejected;

import org.jspecify.annotations.NullMarked;
