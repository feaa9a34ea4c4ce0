/** Certificates of servers. */
@NullMarked
package io.ecomind.service.tls;

import org.jspecify.annotations.NullMarked;
