package io.ecomind.dev.check.attack;

/**
 * A defence that is taken away from a throwaway stack. Immutable.
 *
 * @param name what is taken away, in words
 * @param attempt number of the try that must find it
 */
record Mutant(String name, String attempt, Mutation mutation) {

    /** Takes the defence away. */
    @FunctionalInterface
    interface Mutation {
        Undo apply(MutationStage stage) throws Exception;
    }

    /** Puts it back. */
    @FunctionalInterface
    interface Undo {
        void run() throws Exception;
    }
}
