package io.ecomind.dev.stack;

import java.time.Duration;

/** Hears about each part of the stack as it comes up. Called from several threads, one at a time. */
@FunctionalInterface
public interface StackListener {
    void started(String part, String address, Duration took);
}
