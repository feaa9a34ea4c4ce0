/** What crosses a process border: protobuf messages, topics, limits, SQL migrations and seed data. */
@NullMarked
package io.ecomind.contracts;

import org.jspecify.annotations.NullMarked;
