/** What an organisation's use amounted to: today, and day by day. Reads the daily tables, never the events. */
@NullMarked
package io.ecomind.api.usage;

import org.jspecify.annotations.NullMarked;
