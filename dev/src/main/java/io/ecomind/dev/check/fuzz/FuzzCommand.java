package io.ecomind.dev.check.fuzz;

import io.ecomind.cli.DataOption;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.dev.check.ThrowawayStack;
import io.ecomind.dev.check.fuzz.FuzzRun.FuzzFinding;
import io.ecomind.dev.check.fuzz.FuzzTarget.FuzzCounts;
import io.ecomind.dev.stack.EmbeddedStack;
import io.ecomind.dev.stack.ExternalServices;
import io.ecomind.dev.stack.StackConfig;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Sends random input to a stack of its own by all ways in, and checks the answers and the totals. */
@Command(
        name = "fuzz",
        description = {
            "Start a stack, send it input made at random from a kept corpus over HTTP (JSON, NDJSON, gzip), gRPC and Kafka, and"
                    + " check that no request fails on the server, all parts stay ready, no job is restarted, something is"
                    + " accepted by each way in, and everything accepted is in the totals or listed.",
            "An input that is answered wrongly is made smaller and printed as a line for the corpus. It uses no running stack"
                    + " and touches none. It ends with 1 when something is wrong."
        })
public final class FuzzCommand implements Callable<Integer> {
    private static final int MAX_MINUTES = 24 * 60;
    private static final int THREADS = 4;
    private static final int PORT_BASE = 18_080;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "3",
            description = "How long inputs are sent (default: ${DEFAULT-VALUE}).")
    private double minutes;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "The inputs follow from it (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        if (!(minutes > 0 && minutes <= MAX_MINUTES)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--minutes must be more than 0 and at most " + MAX_MINUTES + ", was " + minutes);
        }
        PrintWriter out = spec.commandLine().getOut();
        DataDirectory data = ThrowawayStack.directory("fuzz");
        System.setProperty(DataOption.LOG_PROPERTY, data.log().toString());
        out.println("starting a stack");
        out.flush();
        try (var throwaway = ThrowawayStack.start(new StackConfig(data, PORT_BASE, ExternalServices.NONE))) {
            List<String> problems = run(throwaway.stack(), out);
            problems.forEach(out::println);
            if (!problems.isEmpty()) {
                throwaway.keep();
                out.println("the log is " + data.log());
            }
            out.println(problems.isEmpty() ? "fuzz: held" : "fuzz: " + problems.size() + " problems");
            out.flush();
            return problems.isEmpty() ? 0 : 1;
        }
    }

    private List<String> run(EmbeddedStack stack, PrintWriter out) throws InterruptedException {
        URI http = URI.create(stack.endpoints().http());
        URI grpc = URI.create("grpc://" + stack.endpoints().grpc());
        String key = stack.credentials().apiKey().value();
        var counts = new FuzzCounts();
        var heartbeats = new AtomicLong();
        List<String> problems = new ArrayList<>();
        Set<String> notReady = Collections.synchronizedSet(new LinkedHashSet<>());
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor();
        watch.scheduleWithFixedDelay(
                () -> stack.problems().forEach((part, problem) -> notReady.add(part + ": " + problem)),
                0,
                1,
                TimeUnit.SECONDS);
        int restarts = stack.jobRestarts();
        long begin = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer = stack.endpoints().kafka().producer(Map.of("acks", "all"))) {
            List<FuzzFinding> findings = new FuzzRun(FuzzCorpus.load(), seed, THREADS)
                    .run(
                            Duration.ofMillis((long) (minutes * 60_000)),
                            number -> new FuzzTarget(
                                    http,
                                    grpc,
                                    key,
                                    value -> {
                                        heartbeats.addAndGet(isHeartbeat(value) ? 1 : 0);
                                        producer.send(new ProducerRecord<>(
                                                Topic.EVENTS_RAW.topicName(), new byte[] {1}, value));
                                    },
                                    counts));
            producer.flush();
            findings.forEach(finding -> problems.add(
                    finding.problem() + ", as a line for the corpus: " + FuzzCorpus.line(finding.input())));
        } finally {
            watch.shutdownNow();
        }
        out.println(FuzzRun.line(counts, (System.nanoTime() - begin) / 1e9));
        notReady.forEach(problem -> problems.add("not ready meanwhile: " + problem));
        VerificationReport report = Verification.run(stack.endpoints(), new Selection(null, null, null), line -> {});
        out.println(report.conclusion());
        if (!report.exact()) {
            problems.add("the totals are not exact");
        }
        long sent = counts.accepted() + counts.records.get();
        counts.withoutAccepted().forEach(channel -> problems.add("nothing was accepted over " + channel));
        // Asked after verify, which waits for the jobs: one that failed and went on between two looks is counted, too.
        int restarted = stack.jobRestarts() - restarts;
        if (restarted > 0) {
            problems.add("jobs were restarted " + restarted + " times");
        }
        // A record that begins like a heartbeat may be refused as one and is counted then.
        if (report.raw() > sent || report.raw() < sent - heartbeats.get()) {
            problems.add(report.raw() + " events and records are accounted for, " + sent + " were accepted or written");
        }
        return problems;
    }

    private static boolean isHeartbeat(byte[] value) {
        try {
            return RawRecord.parseFrom(value).hasHeartbeat();
        } catch (com.google.protobuf.InvalidProtocolBufferException notARecord) {
            return false;
        }
    }
}
