/** What the requests in progress may take of a server, and what becomes of those that want more. */
@NullMarked
package io.ecomind.service.limits;

import org.jspecify.annotations.NullMarked;
