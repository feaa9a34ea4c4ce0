package io.ecomind.dev.check.attack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** What tries work with: the target, its tenants, and the count of what was accepted. Thread-safe. */
final class AttackContext implements AutoCloseable {
    static final String INGEST = "/v1/ingest";
    static final String JSON_TYPE = "application/json";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicLong RUNS = new AtomicLong();

    private final AttackTarget target;
    private final HttpProbe http;
    private final long seed;
    private final String run;
    private final @Nullable AttackTenants tenants;
    private final Map<String, AttackTenants.Tenant> byName = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> accepted = new ConcurrentHashMap<>();
    private final AtomicLong events = new AtomicLong();

    AttackContext(AttackTarget target, long seed) {
        this.target = target;
        this.http = new HttpProbe(target.http());
        this.seed = seed;
        // Contexts of one process may begin in the same second.
        this.run = Long.toString(System.currentTimeMillis() / 1000, 36)
                + Long.toString(RUNS.incrementAndGet(), 36)
                + Long.toString(ProcessHandle.current().pid(), 36);
        DatabaseAddress owner = target.database("migrator").orElse(null);
        this.tenants = owner == null || target.pepper() == null ? null : new AttackTenants(owner, target.pepper(), run);
    }

    AttackTarget target() {
        return target;
    }

    HttpProbe http() {
        return http;
    }

    /** Distinguishes this run from others. */
    String run() {
        return run;
    }

    /** Repeatable for a number of a try, whatever ran before it. */
    Random random(String number) {
        return new Random(seed * 31 + number.hashCode());
    }

    AttackTenants tenants() {
        if (tenants == null) {
            throw new CommandException("organisations of its own need the owner's database and the pepper of API keys");
        }
        return tenants;
    }

    /** The organisation of that name and plan of this run, made when it is first asked for. */
    AttackTenants.Tenant tenant(String name, String plan) throws SQLException {
        synchronized (byName) {
            AttackTenants.Tenant known = byName.get(name);
            if (known == null) {
                known = tenants().add(name, plan);
                byName.put(name, known);
            }
            return known;
        }
    }

    /** An organisation without limits of a plan. */
    AttackTenants.Tenant open() throws SQLException {
        return tenant("open", "enterprise");
    }

    /** A connection to the gRPC port. */
    Http2Connection grpc() throws IOException {
        URI grpc = target.grpc();
        if (grpc == null) {
            throw new CommandException("the address of gRPC is not known");
        }
        return Http2Connection.open(grpc);
    }

    /** A valid event of a user with an id of its own, further members first. */
    String event(String user, String... members) {
        var event = JSON.createObjectNode();
        event.put("id", run + "-" + events.incrementAndGet());
        event.put("ts", java.time.Instant.now().toString());
        event.put("user_id", user).put("provider", "openai").put("model", "gpt-4o");
        event.put("tokens_in", 10).put("tokens_out", 5);
        for (int i = 0; i < members.length; i += 2) {
            event.put(members[i], members[i + 1]);
        }
        return event.toString();
    }

    HttpAnswer ingest(AttackTenants.Tenant tenant, String body, String... headers) {
        return ingest(
                tenant.org(), tenant.authorization(), body.getBytes(java.nio.charset.StandardCharsets.UTF_8), headers);
    }

    /** Sends a body; what is accepted is noted, so that the end of a run can ask for it. */
    HttpAnswer ingest(String org, String authorization, byte[] body, String... headers) {
        List<String> all = new ArrayList<>(List.of("Authorization", authorization));
        if (!List.of(headers).contains("Content-Type")) {
            all.addAll(List.of("Content-Type", JSON_TYPE));
        }
        all.addAll(List.of(headers));
        HttpAnswer answer = http.post(INGEST, body, all.toArray(String[]::new));
        if (answer.status() == 202) {
            accepted(org, answer.json().path("accepted").asLong());
        }
        return answer;
    }

    void accepted(String org, long count) {
        accepted.computeIfAbsent(org, any -> new AtomicLong()).addAndGet(count);
    }

    /** Events that were accepted so far, by organisation. */
    Map<String, AtomicLong> accepted() {
        return Map.copyOf(accepted);
    }

    HttpAnswer query(AttackTenants.Tenant tenant, String path, String... headers) {
        List<String> all = new ArrayList<>(List.of("Authorization", tenant.authorization()));
        all.addAll(List.of(headers));
        return http.get(path, all.toArray(String[]::new));
    }

    /** Calls of an organisation that are in its totals, of today and the days around it. */
    long counted(AttackTenants.Tenant tenant) {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        JsonNode answer = query(tenant, "/v1/aggregate/daily?from=" + today.minusDays(20) + "&to=" + today.plusDays(1))
                .json();
        return answer.path("totals").path("call_count").asLong(-1);
    }

    /** Waits for a condition, at most so long. */
    static boolean await(Duration within, BooleanSupplier condition) {
        long deadline = System.nanoTime() + within.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
        return true;
    }

    /** Runs a task several times at once and returns what each gave. */
    static <T> List<T> atOnce(int threads, Callable<T> task) throws InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<T>> started = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                started.add(pool.submit(task));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> one : started) {
                results.add(one.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            pool.shutdownNow();
        }
    }

    static byte[] gzip(byte[] plain) {
        return gzip(plain, 1);
    }

    /** The text so many times, compressed without being held whole. */
    static byte[] gzip(byte[] part, int times) {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            for (int i = 0; i < times; i++) {
                gzip.write(part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    @Override
    public void close() throws SQLException {
        if (tenants != null) {
            tenants.close();
        }
    }
}
