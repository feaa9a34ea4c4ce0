package io.ecomind.footprint;

/** The result of one evaluation, unrounded. Not thread-safe: made to be filled again and again. */
public final class Figures {
    final double[] seconds = new double[3];
    final double[] decode = new double[3];
    final double[] prefill = new double[3];
    final double[] server = new double[3];
    final double[] energy = new double[3];
    final double[] waterOnsite = new double[3];
    final double[] waterOffsite = new double[3];
    final double[] operational = new double[3];
    final double[] embodied = new double[3];

    /** Duration of generation that the call is charged for, s. */
    public double seconds(Bound bound) {
        return seconds[bound.ordinal()];
    }

    /** Energy at the server for the output, kWh. */
    public double decode(Bound bound) {
        return decode[bound.ordinal()];
    }

    /** Energy at the server for the input, kWh. */
    public double prefill(Bound bound) {
        return prefill[bound.ordinal()];
    }

    /** Energy at the server, kWh. */
    public double server(Bound bound) {
        return server[bound.ordinal()];
    }

    /** Energy of the site, kWh. */
    public double energy(Bound bound) {
        return energy[bound.ordinal()];
    }

    /** L. */
    public double waterOnsite(Bound bound) {
        return waterOnsite[bound.ordinal()];
    }

    /** L. */
    public double waterOffsite(Bound bound) {
        return waterOffsite[bound.ordinal()];
    }

    /** kg CO2e. */
    public double operational(Bound bound) {
        return operational[bound.ordinal()];
    }

    /** kg CO2e. */
    public double embodied(Bound bound) {
        return embodied[bound.ordinal()];
    }
}
