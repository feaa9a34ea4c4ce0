package io.ecomind.dev.chaos;

import io.ecomind.cli.profile.CommandException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Clients that create and send events until they are stopped. Thread-safe.
 */
final class Load implements AutoCloseable {
    /**
     * The pace and size of requests.
     *
     * @param clients threads, each with one request at a time
     * @param perSecond events, of all clients together
     * @param batch events in a request
     * @param repeats how many more times at most a request is sent after it was accepted
     */
    record Shape(int clients, int perSecond, int batch, int repeats) {
        static final Shape NORMAL = new Shape(4, 1_500, 25, 0);
    }

    private final Sender sender;
    private final ExecutorService threads;
    private final List<Future<?>> running = new ArrayList<>();
    private volatile boolean stopping;

    private Load(Sender sender, int clients) {
        this.sender = sender;
        this.threads = Executors.newFixedThreadPool(clients, work -> {
            var thread = new Thread(work, "load");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Starts the clients; they create events for the ledgers in turn. */
    static Load start(Sender sender, Clock clock, List<SentLedger> ledgers, Shape shape, long seed) {
        var load = new Load(sender, shape.clients());
        for (int client = 0; client < shape.clients(); client++) {
            var random = new SplittableRandom(seed + client);
            load.running.add(load.threads.submit(() -> load.run(clock, ledgers, shape, random)));
        }
        return load;
    }

    Sender sender() {
        return sender;
    }

    private void run(Clock clock, List<SentLedger> ledgers, Shape shape, SplittableRandom random) {
        long interval = Duration.ofSeconds(1).toNanos() * shape.batch() * shape.clients() / shape.perSecond();
        long next = System.nanoTime();
        while (!stopping) {
            SentLedger ledger = ledgers.get(random.nextInt(ledgers.size()));
            Instant now = clock.instant();
            List<Integer> numbers = new ArrayList<>(shape.batch());
            for (int i = 0; i < shape.batch(); i++) {
                numbers.add(ledger.create(now.minusMillis(random.nextInt(1_000))));
            }
            sender.send(ledger, numbers);
            for (int more = shape.repeats() == 0 ? 0 : random.nextInt(shape.repeats() + 1); more > 0; more--) {
                sender.send(ledger, numbers);
            }
            // After an outage the client continues at its pace and does not catch up.
            next = Math.max(next + interval, System.nanoTime() - interval);
            long wait = next - System.nanoTime();
            if (wait > 0) {
                Waiting.pause(Duration.ofNanos(wait));
            }
        }
    }

    /** Creates no more events and returns when all that were created are acknowledged. */
    void stop() {
        stopping = true;
        try {
            for (Future<?> client : running) {
                client.get();
            }
        } catch (ExecutionException e) {
            throw new CommandException("a client failed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while the clients ended", e);
        } finally {
            threads.shutdownNow();
        }
    }

    @Override
    public void close() {
        stopping = true;
        threads.shutdownNow();
    }
}
