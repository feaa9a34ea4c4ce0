/** How much an organisation may send. */
@NullMarked
package io.ecomind.ingest.limits;

import org.jspecify.annotations.NullMarked;
