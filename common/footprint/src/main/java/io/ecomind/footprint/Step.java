package io.ecomind.footprint;

/**
 * One line of a calculation. Immutable.
 *
 * @param symbol name of the result, used by later formulas
 * @param formula how it comes about, in words or in earlier symbols
 */
public record Step(String symbol, String formula, String unit, double low, double mid, double high) {}
