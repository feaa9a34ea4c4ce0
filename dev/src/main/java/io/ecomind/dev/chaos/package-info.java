/**
 * Injects faults into a set-up of several processes and checks that every accepted event is counted exactly once: {@link
 * io.ecomind.dev.chaos.ChaosRun} runs the scenarios of {@link io.ecomind.dev.chaos.Scenarios}, and {@link
 * io.ecomind.dev.chaos.Checker} compares the result with what the senders know.
 */
@NullMarked
package io.ecomind.dev.chaos;

import org.jspecify.annotations.NullMarked;
