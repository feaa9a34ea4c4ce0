package io.ecomind.footprint;

/**
 * What making a server (without its GPUs) and one H100 cost, over a life of three years. Source: EcoLogits 0.11.2,
 * ecologits/impacts/llm.py. Constants only.
 */
public enum Hardware {
    /** kg CO2e. */
    GWP(5700, 273),
    /** Abiotic depletion of elements, kg Sb eq. */
    ADPE(0.37, 0.00895),
    /** Primary energy, MJ. */
    PE(70_000, 3721);

    static final double LIFE_SECONDS = 94_608_000;
    static final double GPUS_PER_SERVER = 8;
    static final double SERVER_KILOWATTS = 1.2;
    static final double GPU_MEMORY_GIGABYTES = 80;

    private final double server;
    private final double gpu;

    Hardware(double server, double gpu) {
        this.server = server;
        this.gpu = gpu;
    }

    double server() {
        return server;
    }

    double gpu() {
        return gpu;
    }

    /**
     * GPUs that hold a model with 16-bit weights and a fifth more for the rest: a power of two.
     *
     * @param totalBillions parameters, 1e9
     */
    public static double gpus(double totalBillions) {
        long needed = (long) StrictMath.ceil(1.2 * totalBillions * 16 / 8 / GPU_MEMORY_GIGABYTES);
        long power = Long.highestOneBit(Math.max(needed, 1));
        return power < needed ? power * 2 : power;
    }
}
