package io.ecomind.dev.stack;

import io.ecomind.cli.DataOption;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.RunningLauncher;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Stops the stack of a data directory, waits until its process has ended, and removes what a killed one left. */
@Command(name = "down", description = "Stop what up started; the data stays.")
public final class DownCommand implements Callable<Integer> {
    private static final int STOP_SECONDS = 90;

    @Mixin
    private DataOption data = new DataOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException, ExecutionException {
        DataDirectory directory = data.client();
        PrintWriter out = spec.commandLine().getOut();
        Optional<ProcessHandle> launcher = RunningLauncher.running(directory);
        if (launcher.isEmpty()) {
            List<String> left = Leftovers.list(directory);
            if (Files.isDirectory(directory.run())) {
                EmbeddedStack.stopOrphans(directory);
            }
            out.println("nothing runs on " + directory.root());
            left.forEach(what -> out.println("stopped or removed: " + what));
            return 0;
        }
        long begin = System.nanoTime();
        launcher.get().destroy();
        try {
            launcher.get().onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException slow) {
            throw new CommandException("the stack (pid " + launcher.get().pid() + ") is still stopping after "
                    + STOP_SECONDS + " s; its log is " + directory.log());
        }
        EmbeddedStack.stopOrphans(directory);
        out.printf(
                Locale.ROOT,
                "stopped in %.1f s; the data is in %s%n",
                (System.nanoTime() - begin) / 1e9,
                directory.root());
        return 0;
    }
}
