package io.ecomind.dev.check.attack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a try cost the server. Heap comes from the server's metrics, memory and processor time of the process from
 * {@code /proc} when it runs on this machine; what neither tells is null. Immutable.
 *
 * @param heapPeak the highest of the samples that were taken meanwhile
 * @param memoryPeak resident memory of the server's process, likewise
 */
record ServerCost(
        @Nullable Long heapBefore,
        @Nullable Long heapAfter,
        @Nullable Long heapPeak,
        @Nullable Long memoryBefore,
        @Nullable Long memoryAfter,
        @Nullable Long memoryPeak,
        @Nullable Double cpuSeconds,
        double wallSeconds) {

    /** Takes samples until it is ended. Thread-safe. */
    static final class Meter implements AutoCloseable {
        private static final Duration PROCESS_INTERVAL = Duration.ofMillis(100);
        private static final Duration METRICS_INTERVAL = Duration.ofSeconds(1);
        private static final double TICKS_PER_SECOND = 100;
        private static final Pattern HEAP =
                Pattern.compile("(?m)^jvm_memory_used_bytes\\{area=\"heap\"\\}\\s+([0-9.E+]+)");
        private static final Pattern CPU = Pattern.compile("(?m)^process_cpu_seconds_total\\s+([0-9.E+]+)");
        private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB");

        private final AttackTarget target;
        private final HttpProbe metrics;
        private final ScheduledExecutorService sampler = Executors.newScheduledThreadPool(2, task -> {
            var thread = new Thread(task, "attack-meter");
            thread.setDaemon(true);
            return thread;
        });
        private final AtomicLong heapPeak = new AtomicLong(-1);
        private final AtomicLong memoryPeak = new AtomicLong(-1);
        private final long begin = System.nanoTime();
        private final @Nullable Long heapBefore;
        private final @Nullable Long memoryBefore;
        private final @Nullable Double cpuBefore;

        Meter(AttackTarget target) {
            this.target = target;
            this.metrics = new HttpProbe(target.management());
            this.heapBefore = heap();
            this.memoryBefore = memory();
            this.cpuBefore = cpu();
            sampler.scheduleWithFixedDelay(this::memory, 0, PROCESS_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
            if (heapBefore != null) {
                sampler.scheduleWithFixedDelay(this::heap, 0, METRICS_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
            }
        }

        ServerCost end() {
            close();
            Long heapAfter = heap();
            Long memoryAfter = memory();
            Double cpuAfter = cpu();
            return new ServerCost(
                    heapBefore,
                    heapAfter,
                    heapPeak.get() < 0 ? null : (Long) heapPeak.get(),
                    memoryBefore,
                    memoryAfter,
                    memoryPeak.get() < 0 ? null : (Long) memoryPeak.get(),
                    cpuBefore == null || cpuAfter == null ? null : (Double) (cpuAfter - cpuBefore),
                    (System.nanoTime() - begin) / 1e9);
        }

        @Override
        public void close() {
            sampler.shutdownNow();
        }

        private @Nullable Long heap() {
            Double bytes = metric(HEAP);
            if (bytes == null) {
                return null;
            }
            heapPeak.accumulateAndGet(bytes.longValue(), Math::max);
            return bytes.longValue();
        }

        private @Nullable Long memory() {
            String status = ofProcess("status");
            Matcher found = RESIDENT.matcher(status == null ? "" : status);
            if (!found.find()) {
                return null;
            }
            long bytes = Long.parseLong(found.group(1)) * 1024;
            memoryPeak.accumulateAndGet(bytes, Math::max);
            return bytes;
        }

        private @Nullable Double cpu() {
            String stat = ofProcess("stat");
            if (stat == null) {
                return metric(CPU);
            }
            // The name in parentheses may contain spaces; user and system time are the 12th and 13th field after it.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
        }

        private @Nullable Double metric(Pattern pattern) {
            HttpAnswer answer = metrics.get("/metrics");
            Matcher found = pattern.matcher(answer.status() == 200 ? answer.text() : "");
            return found.find() ? (Double) Double.parseDouble(found.group(1)) : null;
        }

        private @Nullable String ofProcess(String name) {
            Long pid = target.pid();
            if (pid == null) {
                return null;
            }
            try {
                return Files.readString(Path.of("/proc", pid.toString(), name));
            } catch (IOException gone) {
                return null;
            }
        }
    }

    /** In one line. */
    String line() {
        return String.format(
                Locale.ROOT,
                "heap %s, process %s, %s CPU s in %.1f s",
                range(heapBefore, heapPeak, heapAfter),
                range(memoryBefore, memoryPeak, memoryAfter),
                cpuSeconds == null ? "?" : String.format(Locale.ROOT, "%.1f", cpuSeconds),
                wallSeconds);
    }

    private static String range(@Nullable Long before, @Nullable Long peak, @Nullable Long after) {
        return mebibytes(before) + "→" + mebibytes(peak) + "→" + mebibytes(after) + " MiB";
    }

    private static String mebibytes(@Nullable Long bytes) {
        return bytes == null ? "?" : Long.toString(bytes >> 20);
    }
}
