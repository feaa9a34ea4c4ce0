package io.ecomind.jobs.restatement;

/** A restatement was asked for under a factor set that is not stored. */
public final class UnknownFactorSetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownFactorSetException(String factorSet) {
        super("there is no factor set " + factorSet);
    }
}
