package io.ecomind.footprint;

import java.util.ArrayList;
import java.util.List;

/**
 * A model in a data centre, ready to be evaluated for any number of calls. Immutable and thread-safe; pure double
 * arithmetic in a fixed order and StrictMath, hence the same to the bit on every JVM.
 *
 * <p>Formulas, units and sources: docs/METHODOLOGY.md.
 */
public final class CallProfile {
    static final double ALPHA = 1.1665273170451914e-06;
    static final double BETA = -0.011205921025579175;
    static final double GAMMA = 4.052928146734005e-05;
    static final double LATENCY_ALPHA = 0.0006785088094353663;
    static final double LATENCY_BETA = 0.0003119310311688259;
    static final double LATENCY_GAMMA = 0.019473717579473387;
    static final double JOULES_PER_KWH = 3.6e6;

    private static final Bound[] BOUNDS = Bound.values();

    private final Methodology methodology;
    private final ModelParameters model;
    private final double[] batch = new double[3];
    private final double[] gpus = new double[3];
    private final double[] wattHoursPerTokenAndGpu = new double[3];
    private final double[] secondsPerToken = new double[3];
    private final double[] kwhPerPromptToken = new double[3];
    private final double[] pue = new double[3];
    private final double[] wue = new double[3];

    public CallProfile(Methodology methodology, ModelParameters model, DataCentre site) {
        this.methodology = methodology;
        this.model = model;
        for (Bound bound : BOUNDS) {
            int b = bound.ordinal();
            double active = model.activeBillions().at(bound);
            batch[b] = methodology.batch(bound);
            gpus[b] = Hardware.gpus(model.totalBillions().at(bound));
            wattHoursPerTokenAndGpu[b] = ALPHA * StrictMath.exp(BETA * batch[b]) * active + GAMMA;
            secondsPerToken[b] = model.tokensPerSecond() > 0
                    ? 1 / model.tokensPerSecond()
                    : LATENCY_ALPHA * active + LATENCY_BETA * batch[b] + LATENCY_GAMMA;
            kwhPerPromptToken[b] = 2 * active * 1e9 * methodology.joulesPerFlop(bound) / JOULES_PER_KWH;
            pue[b] = site.pueRatio().at(bound);
            wue[b] = site.waterLitresPerKwh().at(bound);
        }
    }

    /**
     * The footprint of a call.
     *
     * @param kgPerKwh intensity of the grid, kg CO2e per kWh
     * @param offsiteLitresPerKwh water behind the grid, L per kWh
     */
    public void evaluate(Workload call, double kgPerKwh, double offsiteLitresPerKwh, Figures out) {
        for (Bound bound : BOUNDS) {
            int b = bound.ordinal();
            double seconds = seconds(call, b);
            double decode = gpus[b] * call.generatedTokens() * wattHoursPerTokenAndGpu[b] / 1000
                    + seconds / 3600 * Hardware.SERVER_KILOWATTS * (gpus[b] / Hardware.GPUS_PER_SERVER) / batch[b];
            double prefill =
                    (call.promptTokens() + methodology.cachedShare(bound) * call.cachedTokens()) * kwhPerPromptToken[b];
            double server = decode + prefill;
            double energy = pue[b] * server;
            out.seconds[b] = seconds;
            out.decode[b] = decode;
            out.prefill[b] = prefill;
            out.server[b] = server;
            out.energy[b] = energy;
            out.waterOnsite[b] = server * wue[b];
            out.waterOffsite[b] = energy * offsiteLitresPerKwh;
            out.operational[b] = energy * kgPerKwh;
            out.embodied[b] = embodied(Hardware.GWP, seconds, b);
        }
        if (methodology.midIsMean()) {
            mean(out.seconds);
            mean(out.decode);
            mean(out.prefill);
            mean(out.server);
            mean(out.energy);
            mean(out.waterOnsite);
            mean(out.waterOffsite);
            mean(out.operational);
            mean(out.embodied);
        }
    }

    /**
     * The call's share of the hardware's making.
     *
     * @param seconds as evaluated
     * @return kg CO2e, kg Sb eq or MJ
     */
    public double embodied(Hardware criterion, double seconds, Bound bound) {
        return embodied(criterion, seconds, bound.ordinal());
    }

    private double embodied(Hardware criterion, double seconds, int b) {
        return seconds
                * ((gpus[b] / Hardware.GPUS_PER_SERVER) * criterion.server() + gpus[b] * criterion.gpu())
                / (Hardware.LIFE_SECONDS * batch[b]);
    }

    private double seconds(Workload call, int b) {
        if (call.generatedTokens() == 0 && !methodology.countsWaitWithoutOutput()) {
            return 0;
        }
        double estimated = call.generatedTokens() * secondsPerToken[b] + model.timeToFirstTokenSeconds();
        return StrictMath.min(estimated, call.latencySeconds());
    }

    private static void mean(double[] figures) {
        figures[1] = (figures[0] + figures[2]) / 2;
    }

    /** Every step of {@link #evaluate} with its formula and its figures, in an order that can be redone by hand. */
    public List<Step> steps(Workload call, double kgPerKwh, double offsiteLitresPerKwh) {
        var f = new Figures();
        evaluate(call, kgPerKwh, offsiteLitresPerKwh, f);
        var steps = new ArrayList<Step>();
        boolean prompts = methodology.joulesPerFlop(Bound.MID) > 0;
        steps.add(each(
                "P_act", "active parameters", "1e9", b -> model.activeBillions().at(b)));
        steps.add(each(
                "P_tot", "all parameters", "1e9", b -> model.totalBillions().at(b)));
        steps.add(each("B", "requests per batch (" + methodology.id() + ")", "1", methodology::batch));
        steps.add(each("n", "2^ceil(log2(ceil(1.2 * P_tot * 16/8 / 80)))", "GPUs", b -> gpus[b.ordinal()]));
        steps.add(each(
                "f_E",
                ALPHA + " * exp(" + BETA + " * B) * P_act + " + GAMMA,
                "Wh/token/GPU",
                b -> wattHoursPerTokenAndGpu[b.ordinal()]));
        steps.add(each("T_dec", "generated tokens, reasoning included", "token", b -> call.generatedTokens()));
        steps.add(each(
                "l_tok",
                model.tokensPerSecond() > 0
                        ? "1 / " + FactorLimits.text(model.tokensPerSecond()) + " token/s as measured"
                        : LATENCY_ALPHA + " * P_act + " + LATENCY_BETA + " * B + " + LATENCY_GAMMA,
                "s/token",
                b -> secondsPerToken[b.ordinal()]));
        steps.add(each("TTFT", "time to the first token", "s", b -> model.timeToFirstTokenSeconds()));
        steps.add(each("dT", secondsFormula(call) + mean(), "s", f::seconds));
        steps.add(each("E_dec", "n * T_dec * f_E / 1000 + dT / 3600 * 1.2 * (n / 8) / B" + mean(), "kWh", f::decode));
        if (prompts) {
            steps.add(each("c", "share of a cached token (" + methodology.id() + ")", "1", methodology::cachedShare));
            steps.add(each(
                    "T_pre",
                    FactorLimits.text(call.promptTokens()) + " uncached or newly cached + c * "
                            + FactorLimits.text(call.cachedTokens()) + " cached",
                    "token",
                    b -> call.promptTokens() + methodology.cachedShare(b) * call.cachedTokens()));
            steps.add(each(
                    "J_flop",
                    "(700 + 150) / (MFU * 989.4e12), MFU = 0.60 / 0.45 / 0.30",
                    "J/FLOP",
                    methodology::joulesPerFlop));
            steps.add(each("E_pre", "T_pre * 2 * P_act * 1e9 * J_flop / 3.6e6", "kWh", f::prefill));
        }
        steps.add(each("E_IT", prompts ? "E_dec + E_pre" : "E_dec" + mean(), "kWh", f::server));
        steps.add(each("PUE", "site energy per server energy", "1", b -> pue[b.ordinal()]));
        steps.add(each("E", "PUE * E_IT" + mean(), "kWh", f::energy));
        steps.add(each("WUE_on", "water of the site", "L/kWh of servers", b -> wue[b.ordinal()]));
        steps.add(each("water_on", "E_IT * WUE_on" + mean(), "L", f::waterOnsite));
        steps.add(each("WUE_off", "water behind the grid", "L/kWh", b -> offsiteLitresPerKwh));
        steps.add(each("water_off", "E * WUE_off" + mean(), "L", f::waterOffsite));
        steps.add(each("I", "intensity of the grid", "kg CO2e/kWh", b -> kgPerKwh));
        steps.add(each("co2_operational", "E * I" + mean(), "kg CO2e", f::operational));
        steps.add(each(
                "co2_embodied", "dT * ((n / 8) * 5700 + n * 273) / (94608000 * B)" + mean(), "kg CO2e", f::embodied));
        return steps;
    }

    private String secondsFormula(Workload call) {
        if (call.generatedTokens() == 0 && !methodology.countsWaitWithoutOutput()) {
            return "0, nothing is generated";
        }
        return Double.isInfinite(call.latencySeconds())
                ? "T_dec * l_tok + TTFT"
                : "min(T_dec * l_tok + TTFT, " + FactorLimits.text(call.latencySeconds()) + " s as measured)";
    }

    private String mean() {
        return methodology.midIsMean() ? "; mid: mean of low and high" : "";
    }

    private interface PerBound {
        double at(Bound bound);
    }

    private static Step each(String symbol, String formula, String unit, PerBound value) {
        return new Step(symbol, formula, unit, value.at(Bound.LOW), value.at(Bound.MID), value.at(Bound.HIGH));
    }
}
