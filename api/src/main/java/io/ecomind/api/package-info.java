/** The process that answers questions about usage and publishes reference data: its configuration and wiring. */
@NullMarked
package io.ecomind.api;

import org.jspecify.annotations.NullMarked;
