/** What every question of an organisation goes through: who asks, with what parameters, in which transaction. */
@NullMarked
package io.ecomind.api.tenant;

import org.jspecify.annotations.NullMarked;
