/** The gateway: may this event enter? It does not decide what the event means, nor what it costs. */
@NullMarked
package io.ecomind.ingest;

import org.jspecify.annotations.NullMarked;
