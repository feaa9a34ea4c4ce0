/** What the stream means over time: the Flink jobs and what they share. */
@NullMarked
package io.ecomind.jobs.runtime;

import org.jspecify.annotations.NullMarked;
