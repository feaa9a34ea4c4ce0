/** Factor sets as files: how they are read, hashed and cut into pieces for the topic. */
@NullMarked
package io.ecomind.factors;

import org.jspecify.annotations.NullMarked;
