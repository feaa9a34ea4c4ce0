package io.ecomind.dev.check.attack;

import io.ecomind.dev.stack.StackTuning;
import io.ecomind.ingest.IngestLimits;
import io.ecomind.ingest.validation.ItemLimits;
import java.util.List;

/**
 * Limits of the servers, which are taken away at the start of a stack. They bound different things and have a try each, so
 * one stack is started without all of them. Stateless.
 */
final class LimitMutants {
    /** Enough for an answer that is too large, and not so much that the stack, which runs in this process, dies of it. */
    private static final int MANY = 50_000;

    /** The limits of a stack that has none of these. */
    static final StackTuning WITHOUT = new StackTuning(new IngestLimits(
            new ItemLimits(MANY, 2 * MANY, 10 * MANY, MANY, ItemLimits.DEFAULT.messageCharacters()),
            IngestLimits.DEFAULT.rejections(),
            IngestLimits.DEFAULT.names()));

    private LimitMutants() {}

    static List<Mutant> all() {
        return List.of(
                started("all errors of an item are listed", "2a"),
                started("all errors of a request are listed", "2c"),
                started("all unknown fields are named in warnings", "2d"));
    }

    private static Mutant started(String name, String attempt) {
        return new Mutant(name, attempt, stage -> () -> {
            // It was taken away at the start and goes with the stack.
        });
    }
}
