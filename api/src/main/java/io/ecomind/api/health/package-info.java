/** How far the figures are complete and how they are stored, for everybody. Shows nothing of any tenant. */
@NullMarked
package io.ecomind.api.health;

import org.jspecify.annotations.NullMarked;
