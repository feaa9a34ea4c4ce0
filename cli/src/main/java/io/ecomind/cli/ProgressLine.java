package io.ecomind.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Progress of a long task: a bar on a terminal, a line every few seconds elsewhere. Thread-safe. */
public final class ProgressLine implements AutoCloseable {
    /** The total of a task of unknown length. The bar of the library takes -1 for that, too. */
    static final long UNKNOWN = -1;

    private static final Duration LINE_EVERY = Duration.ofSeconds(5);
    private static final int REDRAW_MILLIS = 200;

    private final String task;
    private final String unit;
    private final long total;
    private final PrintWriter out;
    private final @Nullable ProgressBar bar;
    private final long begin = System.nanoTime();
    private long lastLine = begin;
    private long reached;

    public ProgressLine(String task, long total, PrintWriter out) {
        this(task, total, " events", out);
    }

    // The script sets jdk.console=java.base, so that a newer JDK too gives no console to what is piped.
    @SuppressWarnings("SystemConsoleNull")
    public ProgressLine(String task, long total, String unit, PrintWriter out) {
        this.task = task;
        this.unit = unit;
        this.total = total;
        this.out = out;
        this.bar = System.console() == null
                ? null
                : new ProgressBarBuilder()
                        .setTaskName(task)
                        .setInitialMax(total)
                        .setUpdateIntervalMillis(REDRAW_MILLIS)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUnit(unit, 1)
                        .setMaxRenderedLength(terminalWidth() - 1)
                        .showSpeed()
                        .build();
    }

    /** As picocli finds it for the help texts; the bar's own library takes 80 for what it cannot find. */
    static int terminalWidth() {
        return new CommandLine.Model.UsageMessageSpec().autoWidth(true).width();
    }

    public synchronized void to(long done) {
        reached = Math.max(reached, done);
        if (bar != null) {
            bar.stepTo(reached);
        } else if (System.nanoTime() - lastLine > LINE_EVERY.toNanos()) {
            lastLine = System.nanoTime();
            double seconds = (lastLine - begin) / 1e9;
            out.println(
                    total == UNKNOWN
                            ? String.format(Locale.ROOT, "%s: %,d, %,.0f%s/s", task, reached, reached / seconds, unit)
                            : String.format(
                                    Locale.ROOT,
                                    "%s: %,d of %,d, %,.0f%s/s",
                                    task,
                                    reached,
                                    total,
                                    reached / seconds,
                                    unit));
            out.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
