package io.ecomind.dev.check.attack;

import java.util.Set;

/**
 * One bounded try to make the server lose a limit. Immutable.
 *
 * @param number group and letter, such as 3a; stable, so that reports can be compared
 * @param tries what is sent
 * @param expects what a server that holds answers
 */
record Attempt(String number, String name, String tries, String expects, Set<AttackNeed> needs, Body body) {

    /** What a try does; an exception means that the try itself failed, which counts as broken. */
    @FunctionalInterface
    interface Body {
        Observation run(AttackContext context) throws Exception;
    }

    /** What became of a try. */
    enum Result {
        HELD,
        BROKEN,
        NOT_TRIED
    }

    /** The result with what was seen, in words. */
    record Observation(Result result, String seen) {
        static Observation of(boolean held, String seen) {
            return new Observation(held ? Result.HELD : Result.BROKEN, seen);
        }

        static Observation notTried(String reason) {
            return new Observation(Result.NOT_TRIED, reason);
        }
    }
}
