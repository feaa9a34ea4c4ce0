/** How processes reach Kafka and PostgreSQL: settings, readers of topics, and workers that run alone. */
@NullMarked
package io.ecomind.connect;

import org.jspecify.annotations.NullMarked;
