/** API keys: issuing, storing and checking them. */
@NullMarked
package io.ecomind.service.auth;

import org.jspecify.annotations.NullMarked;
