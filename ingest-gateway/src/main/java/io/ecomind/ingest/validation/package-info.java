/** Checks of one usage event, with every error and warning of it. */
@NullMarked
package io.ecomind.ingest.validation;

import org.jspecify.annotations.NullMarked;
