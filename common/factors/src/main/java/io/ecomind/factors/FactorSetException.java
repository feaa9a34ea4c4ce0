package io.ecomind.factors;

import java.util.List;

/** A factor set or a price set that is not taken, with every reason. */
public final class FactorSetException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    FactorSetException(List<String> problems) {
        super(problems.size() == 1 ? problems.get(0) : problems.size() + " problems, the first: " + problems.get(0));
        this.problems = List.copyOf(problems);
    }

    /** Each with file, line, field and limit where it has them. */
    public List<String> problems() {
        return problems;
    }
}
