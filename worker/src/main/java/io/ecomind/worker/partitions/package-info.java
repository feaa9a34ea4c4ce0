/** Makes the partitions of the time-partitioned tables ahead of time. */
@NullMarked
package io.ecomind.worker.partitions;

import org.jspecify.annotations.NullMarked;
