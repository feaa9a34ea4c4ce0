package io.ecomind.cli.profile;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The process that runs a stack, as others find it: by its pid, and by signs that the pid is still its own. */
public final class RunningLauncher {
    /** Present in the command line of every launcher. */
    static final String MAIN_CLASS = "io.ecomind.dev.Main";

    private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);

    private RunningLauncher() {}

    public static void register(DataDirectory data) {
        ProcessHandle self = ProcessHandle.current();
        PrivateFile.write(
                data.launcher(),
                JsonNodeFactory.instance
                        .objectNode()
                        .put("pid", self.pid())
                        .put(
                                "started",
                                self.info()
                                        .startInstant()
                                        .map(Instant::toString)
                                        .orElse("")));
    }

    /**
     * The launcher that runs on this directory. A pid that another program has meanwhile got is not taken for it: its
     * start time and command line must fit too.
     */
    public static Optional<ProcessHandle> running(DataDirectory data) {
        return PrivateFile.read(data.launcher())
                .flatMap(json -> ProcessHandle.of(json.path("pid").asLong(-1))
                        .filter(ProcessHandle::isAlive)
                        .filter(process ->
                                process.info().commandLine().orElse("").contains(MAIN_CLASS))
                        .filter(process ->
                                startedAt(process, json.path("started").asText())));
    }

    private static boolean startedAt(ProcessHandle process, String expected) {
        Optional<Instant> actual = process.info().startInstant();
        if (actual.isEmpty() || expected.isEmpty()) {
            return true;
        }
        Duration apart = Duration.between(Instant.parse(expected), actual.get()).abs();
        return apart.compareTo(CLOCK_TOLERANCE) <= 0;
    }
}
