package io.ecomind.dev.stack;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** One line per part that has come up. */
final class StartupReporter implements StackListener {
    private final PrintWriter out;

    StartupReporter(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void started(String part, String address, Duration took) {
        out.println(String.format(Locale.ROOT, "  %-38s %5.1f s  %s", part, took.toMillis() / 1000.0, address)
                .stripTrailing());
        out.flush();
    }
}
