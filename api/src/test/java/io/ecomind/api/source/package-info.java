@NullMarked
package io.ecomind.api.source;

import org.jspecify.annotations.NullMarked;
