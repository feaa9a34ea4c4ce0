/** What the routes of all features share: query parameters, bodies, CSV, cursors. */
@NullMarked
package io.ecomind.api.http;

import org.jspecify.annotations.NullMarked;
