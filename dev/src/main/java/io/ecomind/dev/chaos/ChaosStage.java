package io.ecomind.dev.chaos;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.contracts.Topic;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * What one scenario works with: the set-up, senders with their ledgers, random numbers from a seed, and the list of the
 * faults that it injected and of the proofs that they had an effect. For one thread.
 */
final class ChaosStage {
    private static final Duration SEAL_PATIENCE = Duration.ofMinutes(3);

    private final ChaosCluster cluster;
    private final Map<String, SentLedger> ledgers = new TreeMap<>();
    private final Sender sender;
    private final Checker checker;
    private final Map<TopicPartition, Long> from;
    private final SplittableRandom random;
    private final boolean brief;
    private final Path directory;
    private final Consumer<String> say;
    private final List<String> proofs = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private int faults;
    private boolean repeatsInLedger;

    ChaosStage(
            ChaosCluster cluster,
            List<SentLedger> ledgers,
            long seed,
            boolean brief,
            Path directory,
            Consumer<String> say) {
        this.cluster = cluster;
        ledgers.forEach(ledger -> this.ledgers.put(ledger.organisation().id(), ledger));
        this.sender = new Sender(cluster.gatewayUrl());
        this.checker = new Checker(cluster.kafka(), cluster.database("pipeline"));
        this.from = checker.mark();
        this.random = new SplittableRandom(seed);
        this.brief = brief;
        this.directory = directory;
        this.say = say;
    }

    ChaosCluster cluster() {
        return cluster;
    }

    FlinkProcesses flink() {
        return cluster.flink();
    }

    ChaosClock clock() {
        return cluster.clock();
    }

    Sender sender() {
        return sender;
    }

    SplittableRandom random() {
        return random;
    }

    /** A directory of the scenario's own. */
    Path directory() {
        return directory;
    }

    List<SentLedger> ledgers() {
        return List.copyOf(ledgers.values());
    }

    /** The ledger of the scenario's only, or first, organisation. */
    SentLedger ledger() {
        return ledgers().get(0);
    }

    /** One number for the full pass, another for the short pass. */
    int choose(int whole, int shortened) {
        return brief ? shortened : whole;
    }

    Duration choose(Duration whole, Duration shortened) {
        return brief ? shortened : whole;
    }

    /** Records a fault that was injected. */
    void fault(String what) {
        faults++;
        say.accept(what);
    }

    /** Records an observation that shows that the faults had an effect. */
    void proof(String what) {
        proofs.add(what);
        say.accept(what);
    }

    /** A condition of this scenario, in addition to those of the checker. */
    void require(boolean condition, String what) {
        if (!condition) {
            problems.add(what);
        }
    }

    /** After a restore from an older savepoint the ledger may contain an event twice; the tables may not. */
    void expectRepeatsInLedger() {
        repeatsInLedger = true;
    }

    Load load(Load.Shape shape) {
        return Load.start(sender, clock(), ledgers(), shape, random.nextLong());
    }

    /**
     * Sends this many new events with the current time for each organisation, 100 a request; returns when all are
     * accepted.
     */
    void send(int events) {
        for (SentLedger ledger : ledgers.values()) {
            for (int sent = 0; sent < events; sent += 100) {
                List<Integer> numbers = new ArrayList<>();
                for (int i = sent; i < Math.min(events, sent + 100); i++) {
                    numbers.add(ledger.create(clock().instant().minusMillis(random.nextInt(1_000))));
                }
                sender.send(ledger, numbers);
            }
        }
    }

    /** Waits until all that is sent is in the tables. */
    void settle() {
        cluster.settle();
    }

    /** Checks all events that were sent so far. */
    Verdict check() {
        return checker.check(ledgers.values(), from, repeatsInLedger);
    }

    /** Days on which rows, totals and windows disagree, of all scenarios so far. */
    long disputedDays() {
        return question("SELECT count(*) FROM day_states WHERE state = 'disputed'");
    }

    /**
     * Moves the clock past the end of a local day, the hour of grace and the horizon, and waits until the day is
     * sealed.
     */
    void seal(ChaosOrganisation organisation, LocalDate date) {
        Instant due = organisation
                .beginOf(date.plusDays(1))
                .plus(ChaosCluster.HORIZON)
                .plus(Duration.ofMinutes(65));
        if (clock().instant().isBefore(due)) {
            clock().jumpTo(due);
        }
        Waiting.until(
                organisation.id() + " " + date + " is sealed",
                SEAL_PATIENCE,
                () -> question(
                                "SELECT count(*) FROM day_states WHERE org_id = ? AND date = ? AND state = 'sealed'",
                                organisation.id(),
                                date)
                        == 1);
    }

    /** Runs a query that selects one number. */
    long question(String sql, Object... parameters) {
        try (Connection connection = cluster.database("pipeline").dataSource().getConnection();
                PreparedStatement query = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                query.setObject(i + 1, parameters[i]);
            }
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        } catch (SQLException e) {
            throw new CommandException("the database does not answer: " + e.getMessage(), e);
        }
    }

    /** Records of events.enriched that no reader of committed records can see yet. */
    long uncommitted() {
        try (Admin admin = cluster.kafka().admin(Map.of())) {
            return ends(admin, IsolationLevel.READ_UNCOMMITTED) - ends(admin, IsolationLevel.READ_COMMITTED);
        }
    }

    private static long ends(Admin admin, IsolationLevel isolation) {
        Map<TopicPartition, OffsetSpec> all = new TreeMap<>(Comparator.comparing(TopicPartition::toString));
        IntStream.range(0, Topic.EVENTS_ENRICHED.partitions())
                .forEach(p -> all.put(new TopicPartition(Topic.EVENTS_ENRICHED.topicName(), p), OffsetSpec.latest()));
        try {
            return admin.listOffsets(all, new ListOffsetsOptions(isolation)).all().get().values().stream()
                    .mapToLong(found -> found.offset())
                    .sum();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while asking Kafka", e);
        } catch (ExecutionException e) {
            throw new CommandException("Kafka does not answer: " + e.getMessage(), e);
        }
    }

    int faults() {
        return faults;
    }

    List<String> proofs() {
        return proofs;
    }

    List<String> problems() {
        return problems;
    }
}
