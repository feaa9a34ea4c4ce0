/**
 * Breaks a real set-up of several processes on purpose and proves from the outside that every accepted event is counted
 * once: {@link io.ecomind.dev.chaos.ChaosRun} starts it, {@link io.ecomind.dev.chaos.Scenarios} lists what is done to it,
 * {@link io.ecomind.dev.chaos.Checker} judges by the senders' own ledger.
 */
@NullMarked
package io.ecomind.dev.chaos;

import org.jspecify.annotations.NullMarked;
