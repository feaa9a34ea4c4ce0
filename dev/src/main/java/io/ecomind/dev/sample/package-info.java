/** The sample that the demonstration loads. */
@NullMarked
package io.ecomind.dev.sample;

import org.jspecify.annotations.NullMarked;
