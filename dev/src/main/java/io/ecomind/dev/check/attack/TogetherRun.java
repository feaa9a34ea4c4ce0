package io.ecomind.dev.check.attack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.dev.JvmOptions;
import io.ecomind.dev.Main;
import io.ecomind.testkit.PrivateFolders;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/**
 * Starts a stack with a heap of 1 GiB in a process of its own, and has all tries made at once by another process, while an
 * honest organisation sends. For one thread.
 *
 * <p>The tries run at the lowest priority, because on one machine they take the processor from the server that they attack;
 * what they took is shown.
 */
final class TogetherRun {
    private static final int PORT_BASE = 19_080;
    private static final String HEAP = "1g";
    private static final Duration ALONE = Duration.ofSeconds(15);
    private static final Duration READY_WITHIN = Duration.ofMinutes(3);
    private static final Duration TRIES_END_WITHIN = Duration.ofMinutes(5);
    private static final double HEALTH_MILLIS = 100;
    private static final double TICKS_PER_SECOND = 100;

    private final PrintWriter out;
    private final long seed;
    private final List<Process> children = new ArrayList<>();

    TogetherRun(PrintWriter out, long seed) {
        this.out = out;
        this.seed = seed;
    }

    /** Whether all held. */
    boolean run(DataDirectory data) throws IOException, InterruptedException {
        boolean held = false;
        var stopChildren = new Thread(() -> children.forEach(Process::destroy), "stop-children");
        Runtime.getRuntime().addShutdownHook(stopChildren);
        try {
            PrivateFolders.create(data.run());
            Process server = start(
                    data,
                    "server",
                    List.of(),
                    HEAP,
                    "up",
                    "--data",
                    data.root().toString(),
                    "--port-base",
                    "" + PORT_BASE);
            Endpoints endpoints = await(data, server);
            say("a stack with a heap of " + HEAP + " runs as process " + server.pid());
            held = attack(data, endpoints, server);
            return held;
        } finally {
            for (Process child : children) {
                child.destroy();
                if (!child.waitFor(60, TimeUnit.SECONDS)) {
                    child.destroyForcibly();
                }
            }
            Runtime.getRuntime().removeShutdownHook(stopChildren);
            if (held) {
                PrivateFolders.delete(data.root());
            } else {
                say("logs and data stay in " + data.root());
            }
        }
    }

    private boolean attack(DataDirectory data, Endpoints endpoints, Process server)
            throws IOException, InterruptedException {
        AttackTarget target = AttackTarget.of(data.endpoints());
        List<String> problems = new ArrayList<>();
        try (var context = new AttackContext(target, seed)) {
            AttackTenants.Tenant honest = context.tenant("honest", "enterprise");
            double alone = alone(context, honest);
            Map<String, Long> serverBefore = processTimes(server.toHandle());
            long begin = System.nanoTime();
            Process tries = start(
                    data,
                    "tries",
                    List.of("nice", "-n", "19"),
                    "768m",
                    "check",
                    "attack",
                    "--profile",
                    data.endpoints().toString(),
                    "--at-once",
                    "--seed",
                    "" + seed);
            double triesCpu = 0;
            double health;
            double rate;
            try (var watch = new HealthWatch(context.http());
                    var sender = new HonestSender(context, honest)) {
                while (tries.isAlive() && System.nanoTime() - begin < TRIES_END_WITHIN.toNanos()) {
                    triesCpu = Math.max(triesCpu, cpu(tries.pid()));
                    tries.waitFor(200, TimeUnit.MILLISECONDS);
                }
                if (tries.isAlive()) {
                    problems.add("the tries did not end within " + TRIES_END_WITHIN.toMinutes() + " minutes");
                    tries.destroyForcibly().waitFor();
                }
                rate = sender.perSecond();
                health = watch.quantile(0.99);
                say(String.format(
                        Locale.ROOT,
                        "honest organisation: %.0f events/s alone, %.0f/s meanwhile, %d requests refused",
                        alone,
                        rate,
                        sender.refused()));
                say("meanwhile " + watch.line());
                if (watch.failures() > 0) {
                    problems.add(watch.failures() + " of the questions to /healthz failed");
                }
            }
            double wall = (System.nanoTime() - begin) / 1e9;
            double serverCpu = processTimes(server.toHandle()).values().stream()
                                    .mapToLong(Long::longValue)
                                    .sum()
                            / TICKS_PER_SECOND
                    - serverBefore.values().stream().mapToLong(Long::longValue).sum() / TICKS_PER_SECOND;
            say(String.format(
                    Locale.ROOT,
                    "processor time in %.0f s on %d cores: tries %.1f s, server with PostgreSQL and Redis %.1f s",
                    wall,
                    Runtime.getRuntime().availableProcessors(),
                    triesCpu,
                    serverCpu));
            problems.addAll(judge(tries, lines(data, "tries")));
            if (!server.isAlive()) {
                problems.add("the server ended with " + server.exitValue());
            } else {
                say("memory of the server: " + line("status", server.pid(), "VmHWM") + " at most");
                VerificationReport report = Verification.run(endpoints, new Selection(null, null, null), line -> {});
                say(report.conclusion());
                if (!report.exact()) {
                    problems.add("verify is not exact");
                }
            }
            if (health > HEALTH_MILLIS) {
                problems.add(String.format(
                        Locale.ROOT, "99%% of /healthz took up to %.0f ms, more than %.0f ms", health, HEALTH_MILLIS));
            }
            if (rate < alone / 2) {
                problems.add("the honest organisation got less than half of its rate");
            }
        } catch (java.sql.SQLException e) {
            problems.add("the organisations of the tries could not be made or closed: " + e.getMessage());
        }
        problems.forEach(problem -> say("BROKEN: " + problem));
        say(problems.isEmpty() ? "together: held" : "together: " + problems.size() + " broken");
        return problems.isEmpty();
    }

    /** What did not hold, of tries that all were made. */
    private List<String> judge(Process tries, List<String> lines) {
        AtOnceOutcome outcome = AtOnceOutcome.of(tries.exitValue(), lines);
        say(outcome.conclusion().isEmpty() ? AtOnceOutcome.CONCLUSION + "no end" : outcome.conclusion());
        outcome.excused().forEach(this::say);
        return outcome.problems(
                AttackRun.catalogue().stream().map(Attempt::number).collect(Collectors.toSet()));
    }

    private double alone(AttackContext context, AttackTenants.Tenant honest) {
        try (var watch = new HealthWatch(context.http());
                var sender = new HonestSender(context, honest)) {
            AttackContext.await(ALONE, () -> false);
            say("alone " + watch.line());
            return sender.perSecond();
        }
    }

    private Process start(DataDirectory data, String name, List<String> before, String heap, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx" + heap, "-XX:+ExitOnOutOfMemoryError"));
        command.addAll(JvmOptions.LOCALE);
        command.addAll(JvmOptions.OPENED_PACKAGES);
        for (String property : List.of("logback.configurationFile", "ecomind.home")) {
            String value = System.getProperty(property);
            if (value != null) {
                command.add("-D" + property + "=" + value);
            }
        }
        command.add("-Djava.io.tmpdir="
                + Files.createDirectories(data.root().resolve("scratch").resolve(name)));
        command.add(Main.class.getName());
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(data.run().resolve(name + ".out").toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().putAll(JvmOptions.ENVIRONMENT);
        Process child = builder.start();
        children.add(child);
        return child;
    }

    private static Endpoints await(DataDirectory data, Process server) {
        var found = new AtomicReference<Endpoints>();
        AttackContext.await(READY_WITHIN, () -> {
            Endpoints.read(data).ifPresent(found::set);
            return found.get() != null || !server.isAlive();
        });
        Endpoints endpoints = found.get();
        if (endpoints == null) {
            throw new CommandException(
                    "the stack did not start; see " + data.run().resolve("server.out"));
        }
        return endpoints;
    }

    /** Clock ticks of a process and those that it started, by pid. */
    private static Map<String, Long> processTimes(ProcessHandle process) {
        Map<String, Long> ticks = new java.util.TreeMap<>();
        ticks.put("" + process.pid(), (long) (cpu(process.pid()) * TICKS_PER_SECOND));
        process.descendants()
                .forEach(child -> ticks.put("" + child.pid(), (long) (cpu(child.pid()) * TICKS_PER_SECOND)));
        return ticks;
    }

    /** Seconds; 0 when the process is gone. */
    private static double cpu(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
        } catch (IOException gone) {
            return 0;
        }
    }

    private static String line(String file, long pid, String name) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), file)).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.replaceFirst("^\\w+:\\s*", ""))
                .findFirst()
                .orElse("unknown");
    }

    private static List<String> lines(DataDirectory data, String name) throws IOException {
        return Files.readAllLines(data.run().resolve(name + ".out"));
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
