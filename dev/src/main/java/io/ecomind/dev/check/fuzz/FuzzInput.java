package io.ecomind.dev.check.fuzz;

/** Bytes for one way in. Immutable: nobody changes the array. */
record FuzzInput(FuzzChannel channel, byte[] bytes) {}
