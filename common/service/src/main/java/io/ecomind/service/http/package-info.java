/** The HTTP server that every process shares: health, metrics, problem documents. */
@NullMarked
package io.ecomind.service.http;

import org.jspecify.annotations.NullMarked;
