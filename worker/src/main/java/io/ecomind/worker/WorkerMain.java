package io.ecomind.worker;

import io.ecomind.service.Bootstrap;
import java.time.Clock;

/**
 * The worker as a process of its own; its HTTP port is a management port, with health and metrics only. Settings come from the environment, see
 * {@link WorkerConfig#fromEnv}.
 */
public final class WorkerMain {
    private WorkerMain() {}

    public static void main(String[] args) {
        Bootstrap.run("worker", WorkerConfig::fromEnv, (process, config) -> {
            WorkerService service = process.keep(WorkerService.start(config, Clock.systemUTC(), process.metrics()));
            process.manage(config.management(), service.readiness());
        });
    }
}
