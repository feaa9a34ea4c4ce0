/** Sets up what an installation needs outside of its processes: schema, topics, roles. */
@NullMarked
package io.ecomind.cli.admin;

import org.jspecify.annotations.NullMarked;
